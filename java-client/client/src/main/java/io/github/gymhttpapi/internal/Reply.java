package io.github.gymhttpapi.internal;

/** One whole HTTP reply. */
public final class Reply {
  public final int status;

  /** The media type in lower case without parameters; empty when there was none. */
  public final String contentType;

  public final byte[] body;

  Reply(int status, String contentType, byte[] body) {
    this.status = status;
    int end = contentType.indexOf(';');
    this.contentType =
        (end < 0 ? contentType : contentType.substring(0, end))
            .trim()
            .toLowerCase(java.util.Locale.ROOT);
    this.body = body;
  }
}
