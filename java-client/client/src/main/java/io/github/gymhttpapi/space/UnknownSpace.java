package io.github.gymhttpapi.space;

import org.jspecify.annotations.Nullable;

/**
 * A space of a kind that this client does not know, such as an environment's own class; its values
 * stay as they came.
 */
public final class UnknownSpace extends Space {
  private final String name;
  private final String repr;

  UnknownSpace(Description description) {
    name = description.text("name");
    repr = description.has("repr") ? description.text("repr") : name;
  }

  /**
   * The name of the space's class.
   *
   * @return the Python class name
   */
  public String name() {
    return name;
  }

  @Override
  public @Nullable Object read(@Nullable Object wire) {
    return wire;
  }

  /** What Python prints for the space. */
  @Override
  public String toString() {
    return repr;
  }
}
