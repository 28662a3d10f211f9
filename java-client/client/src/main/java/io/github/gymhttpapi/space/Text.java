package io.github.gymhttpapi.space;

import org.jspecify.annotations.Nullable;

/** Strings of a bounded length over a set of characters. */
public final class Text extends Space {
  private final int minLength;
  private final int maxLength;
  private final String charset;

  Text(Description description) {
    minLength = (int) description.integer("min_length");
    maxLength = (int) description.integer("max_length");
    charset = description.text("charset");
  }

  /**
   * The shortest length.
   *
   * @return characters
   */
  public int minLength() {
    return minLength;
  }

  /**
   * The longest length.
   *
   * @return characters
   */
  public int maxLength() {
    return maxLength;
  }

  /**
   * The characters that may occur.
   *
   * @return each character once, sorted
   */
  public String charset() {
    return charset;
  }

  @Override
  public String read(@Nullable Object wire) {
    if (wire instanceof String) {
      return (String) wire;
    }
    throw unexpected("text", wire);
  }

  @Override
  public String toString() {
    return "Text(" + minLength + ", " + maxLength + ")";
  }
}
