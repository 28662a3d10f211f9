package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.DecodeException;
import io.github.gymhttpapi.GymException;
import io.github.gymhttpapi.RequestTimeoutException;
import io.github.gymhttpapi.TransportException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpRequest;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** Where the server is and how to talk to it. */
public final class Endpoint {
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
  public Endpoint(
      String url,
      Duration timeout,
      int retries,
      @Nullable String token,
      @Nullable SSLContext sslContext) {
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
      throw new IllegalArgumentException(
          "A token is made of visible ASCII characters without spaces");
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
    if (!http
        || uri.getHost() == null
        || uri.getRawQuery() != null
        || uri.getRawUserInfo() != null) {
      throw bad(url, null);
    }
    return uri;
  }

  private static IllegalArgumentException bad(String url, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        "'" + url + "' is not a server's address; expected one such as http://127.0.0.1:5000",
        cause);
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

  /**
   * Milliseconds to wait after the given attempt (0 is the first): none at first, as the connection
   * was mostly just stale, then 20, 40, 80, ... at most 1000, of which a random part is left out.
   */
  static long pause(int attempt) {
    if (attempt == 0) {
      return 0;
    }
    long longest = attempt > 6 ? LONGEST_PAUSE_MS : 20L << attempt - 1;
    return ThreadLocalRandom.current().nextLong(longest / 2, longest + 1);
  }

  /** Whether the reply is a gateway's, whose server may be back in a moment. */
  static boolean isGatewayTrouble(Reply reply) {
    return reply.status == 502 || reply.status == 503 || reply.status == 504;
  }

  /**
   * Whether another attempt may succeed: not where certificates are refused, or something other
   * than HTTP answers.
   */
  static boolean isLoss(Throwable error) {
    return error instanceof IOException
        && !(error instanceof SSLHandshakeException)
        && !(error instanceof SSLPeerUnverifiedException)
        && !(error instanceof ProtocolException)
        && !(error instanceof HttpTimeoutException);
  }

  RequestTimeoutException timeout(Request request, Throwable cause) {
    String seconds = timeout.toMillis() / 1000.0 + " s";
    return new RequestTimeoutException(
        "No whole reply from " + url() + " within " + seconds + " (" + request + ")", cause);
  }

  GymException failure(Request request, Throwable error) {
    if (error instanceof ProtocolException) {
      return new DecodeException(
          url()
              + " does not speak HTTP/1.1 as gym-http-server does: "
              + error.getMessage()
              + " ("
              + request
              + ")",
          error);
    }
    String reason;
    if (Thread.currentThread().isInterrupted()) {
      reason = "the thread was interrupted";
    } else if (error instanceof ConnectException) {
      reason = "nothing answers there; is gym-http-server running?";
    } else if (error instanceof UnknownHostException) {
      reason = "no such host";
    } else {
      reason = String.valueOf(error.getMessage());
    }
    return new TransportException(
        "No whole reply from " + url() + " (" + request + "): " + reason, error);
  }

  HttpRequest.Builder httpRequest(Request request) {
    return HttpRequest.newBuilder(URI.create(url() + request.path));
  }
}
