package io.github.gymhttpapi;

import org.jspecify.annotations.Nullable;

/** The server refused the call, or the environment itself raised (status 500). */
public final class ApiException extends GymException {
  private static final long serialVersionUID = 1L;

  /** The HTTP status. */
  private final int status;

  /** The API's error code, if any. */
  private final @Nullable String code;

  /**
   * Creates the exception.
   *
   * @param status the HTTP status
   * @param code the API's error code, null when the reply was not the API's own
   * @param message the server's own words
   */
  public ApiException(int status, @Nullable String code, String message) {
    super(Kind.API, message, null);
    this.status = status;
    this.code = code;
  }

  /**
   * The HTTP status: 400 for a bad request, 410 for an instance that was reaped, 500 when the
   * environment raised.
   *
   * @return the status
   */
  public int status() {
    return status;
  }

  /**
   * The API's machine-readable error code, such as {@code unknown_instance}.
   *
   * @return the code, or null when the reply was not the API's own (a gateway's page, say)
   */
  public @Nullable String code() {
    return code;
  }
}
