package io.github.gymhttpapi.conformance;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One of the client's two faces. */
interface Face extends AutoCloseable {
  /**
   * Carries an operation out.
   *
   * @throws UnsupportedOperationException when this face does not have it
   */
  @Nullable Object call(String op, Map<?, ?> args);

  /** Closes what the suite left open. */
  @Override
  default void close() {}
}
