package io.github.gymhttpapi.conformance;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One of the client's two faces. */
interface Face extends AutoCloseable {
  /**
   * Hands an operation's arguments to the client.
   *
   * @return what the client's method returned
   * @throws UnsupportedOperationException when this face does not have it
   */
  @Nullable Object call(String op, Map<?, ?> args);

  /** The shape of the reply's body, from what {@link #call} returned. */
  Map<String, @Nullable Object> body(String op, @Nullable Object result);

  /** Closes what the suite left open. */
  @Override
  default void close() {}
}
