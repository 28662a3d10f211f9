package io.github.gymhttpapi.internal;

import org.jspecify.annotations.Nullable;

/** One HTTP request; every attempt of a call sends the same one. */
public final class Request {
  final String method;
  final String path;
  final String accept;
  final @Nullable String contentType;
  final byte[] body;
  public final @Nullable String key;

  /**
   * @param path from the root, with the query, percent-encoded
   * @param contentType the body's media type, null without a body
   * @param key the Idempotency-Key, null for a request that changes nothing
   */
  public Request(
      String method,
      String path,
      String accept,
      @Nullable String contentType,
      byte[] body,
      @Nullable String key) {
    this.method = method;
    this.path = path;
    this.accept = accept;
    this.contentType = contentType;
    this.body = body;
    this.key = key;
  }

  @Override
  public String toString() {
    return method + " " + path;
  }
}
