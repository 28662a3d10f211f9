package io.github.gymhttpapi.internal;

import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Where the server is and how to talk to it. */
public final class Target {
  private static final int LONGEST_PAUSE_MS = 1000;

  public final Duration timeout;
  public final int retries;
  final String scheme;
  final String host;
  final int port;
  final String prefix;
  final @Nullable String token;
  final @Nullable SSLContext sslContext;

  /**
   * @throws IllegalArgumentException when the URL or the token cannot be used
   */
  public Target(
      String url, Duration timeout, int retries, @Nullable String token, @Nullable SSLContext sslContext) {
    URI uri = parse(url);
    this.scheme = uri.getScheme();
    this.host = uri.getHost();
    this.port = uri.getPort() >= 0 ? uri.getPort() : isTls() ? 443 : 80;
    this.prefix = uri.getRawPath().replaceAll("/+$", "").replaceAll("/v1$", "");
    this.timeout = timeout;
    this.retries = retries;
    this.token = token;
    this.sslContext = sslContext;
    if (token != null && !token.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new IllegalArgumentException("A token is made of visible ASCII characters without spaces");
    }
  }

  private static URI parse(String url) {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException error) {
      throw bad(url, error);
    }
    boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!http || uri.getHost() == null || uri.getRawQuery() != null || uri.getRawUserInfo() != null) {
      throw bad(url, null);
    }
    return uri;
  }

  private static IllegalArgumentException bad(String url, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        "'" + url + "' is not a server's address; expected one such as http://127.0.0.1:5000", cause);
  }

  boolean isTls() {
    return scheme.equals("https");
  }

  String authority() {
    return host + ":" + port;
  }

  /** The server's address without a path. */
  public String url() {
    return scheme + "://" + authority() + prefix;
  }

  /** Milliseconds to wait before the attempt after the given one (0 is the first): 20, 40, 80, ... at most 1000. */
  static long pause(int attempt) {
    return attempt > 5 ? LONGEST_PAUSE_MS : 20L << attempt;
  }

  HttpRequest.Builder httpRequest(Request request) {
    return HttpRequest.newBuilder(URI.create(url() + request.path));
  }
}
