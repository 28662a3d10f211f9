package io.github.gymhttpapi;

import org.jspecify.annotations.Nullable;

/**
 * Base of everything that a call to the server throws.
 *
 * <ul>
 *   <li>{@link ApiException}: the server answered with a status other than 200
 *   <li>{@link TransportException}: no whole reply came
 *   <li>{@link RequestTimeoutException}: no whole reply came in time
 *   <li>{@link DecodeException}: a reply with status 200 is not what the API promises
 * </ul>
 */
public abstract class GymException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The four ways in which a call fails: the same four in every client of the API. */
  public enum Kind {
    /** The server answered with a status other than 200. */
    API,
    /** No whole reply: connection refused, reset or cut off, or TLS failed. */
    TRANSPORT,
    /** No whole reply within the client's timeout. */
    TIMEOUT,
    /** A whole reply that is not what its operation promises. */
    DECODE
  }

  /** Which of the four. */
  private final Kind kind;

  GymException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /**
   * Which of the four it is, for a {@code switch}.
   *
   * @return the kind of failure
   */
  public final Kind kind() {
    return kind;
  }
}
