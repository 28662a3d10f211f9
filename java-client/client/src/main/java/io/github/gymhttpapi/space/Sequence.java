package io.github.gymhttpapi.space;

import org.jspecify.annotations.Nullable;

/** Any number of values of one space. */
public final class Sequence extends Space {
  private final Space space;
  private final boolean stack;

  Sequence(Description description) {
    space = description.space("space");
    stack = description.flag("stack");
  }

  /**
   * The space of each value.
   *
   * @return the feature space
   */
  public Space space() {
    return space;
  }

  /**
   * Whether the values come as one batched value rather than a list.
   *
   * @return true when stacked
   */
  public boolean stack() {
    return stack;
  }

  @Override
  public @Nullable Object read(@Nullable Object wire) {
    return stack ? space.readBatch(wire) : each(space, wire);
  }

  @Override
  public String toString() {
    return "Sequence(" + space + (stack ? ", stack=true)" : ")");
  }
}
