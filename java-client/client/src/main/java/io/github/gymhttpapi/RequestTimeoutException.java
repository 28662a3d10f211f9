package io.github.gymhttpapi;

import org.jspecify.annotations.Nullable;

/**
 * The whole reply did not come within the client's timeout. The call may still have been carried
 * out.
 */
public final class RequestTimeoutException extends GymException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what happened
   * @param cause what it was caused by, or null
   */
  public RequestTimeoutException(String message, @Nullable Throwable cause) {
    super(Kind.TIMEOUT, message, cause);
  }
}
