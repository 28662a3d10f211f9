package io.github.gymhttpapi;

import org.jspecify.annotations.Nullable;

/**
 * A reply with status 200 is not what the API promises: not JSON, cut short, or of a wrong type.
 */
public final class DecodeException extends GymException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what happened
   * @param cause what it was caused by, or null
   */
  public DecodeException(String message, @Nullable Throwable cause) {
    super(Kind.DECODE, message, cause);
  }
}
