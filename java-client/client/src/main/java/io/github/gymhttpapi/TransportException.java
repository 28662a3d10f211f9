package io.github.gymhttpapi;

import org.jspecify.annotations.Nullable;

/**
 * No whole reply came: nothing listens there, the connection broke, TLS failed, the thread was
 * interrupted, or the client is closed.
 */
public final class TransportException extends GymException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what happened
   * @param cause what it was caused by, or null
   */
  public TransportException(String message, @Nullable Throwable cause) {
    super(Kind.TRANSPORT, message, cause);
  }
}
