package io.github.gymhttpapi.space;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A value of exactly one of several spaces, with the index of that space. */
public final class OneOf extends Space {
  private final List<Space> spaces;

  OneOf(Description description) {
    spaces = description.spaces("spaces");
  }

  /**
   * The spaces to choose from.
   *
   * @return an unmodifiable list
   */
  public List<Space> spaces() {
    return spaces;
  }

  @Override
  public List<@Nullable Object> read(@Nullable Object wire) {
    List<?> pair = list(wire, "a list of an index and a value");
    if (pair.size() != 2) {
      throw unexpected("a list of an index and a value", wire);
    }
    long index = integer(pair.get(0), "the index of a space");
    if (index < 0 || index >= spaces.size()) {
      throw unexpected("an index below " + spaces.size(), index);
    }
    return Collections.unmodifiableList(
        Arrays.asList(index, spaces.get((int) index).read(pair.get(1))));
  }

  @Override
  public String toString() {
    return "OneOf(" + spaces + ")";
  }
}
