package io.github.gymhttpapi.internal;

/** One whole HTTP reply. */
public final class Reply {
  public final int status;

  /** The media type in lower case without parameters; empty when there was none. */
  public final String contentType;

  public final byte[] body;

  /** What {@code Retry-After} asked for; 0 when it did not. */
  final int retryAfterSeconds;

  Reply(int status, String contentType, byte[] body, int retryAfterSeconds) {
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    int end = contentType.indexOf(';');
    this.contentType =
        (end < 0 ? contentType : contentType.substring(0, end))
            .trim()
            .toLowerCase(java.util.Locale.ROOT);
    this.body = body;
  }
}
