package io.github.gymhttpapi.internal;

import java.net.IDN;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Where the server is, and how calls to it are made. */
public final class Endpoint {
  /** {@link URI#getHost} refuses names with an underscore, which Docker gives to services. */
  private static final Pattern AUTHORITY = Pattern.compile("(\\[[^]]+]|[^:@]+)(?::(\\d{1,5}))?");

  private static final String UNIX = "unix:";

  final String host;
  final int port;
  final String prefix;
  final long timeoutNanos;
  final int retries;
  final @Nullable String token;
  final @Nullable SSLContext sslContext;

  /** The Unix domain socket to connect to; null for a host and port. */
  final @Nullable SocketAddress unix;

  private final boolean tls;
  private final String url;

  /**
   * @param timeout of a call, all its attempts together
   * @param retries how many attempts may follow a call's first
   * @throws IllegalArgumentException when the URL or the token cannot be used
   */
  public Endpoint(
      String url,
      Duration timeout,
      int retries,
      @Nullable String token,
      @Nullable SSLContext sslContext) {
    if (url.startsWith(UNIX) && url.length() > UNIX.length()) {
      this.unix = UnixSocket.address(url.substring(UNIX.length()));
      this.host = "localhost";
      this.port = 80;
      this.prefix = "";
      this.tls = false;
      this.url = url;
    } else {
      URI uri = parse(url);
      String named = uri.getRawAuthority();
      Matcher authority = AUTHORITY.matcher(named == null ? "" : named);
      if (!authority.matches()) {
        throw bad(url, null);
      }
      String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
      this.unix = null;
      this.host = ascii(url, authority.group(1));
      this.tls = scheme.equals("https");
      this.port =
          authority.group(2) != null ? Integer.parseInt(authority.group(2)) : tls ? 443 : 80;
      if (port > 65535) {
        throw bad(url, null);
      }
      this.prefix = uri.getRawPath().replaceAll("/+$", "").replaceAll("/v1$", "");
      this.url = scheme + "://" + authority() + prefix;
    }
    this.timeoutNanos = TimeUnit.NANOSECONDS.convert(timeout); // the longest long at most
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
    boolean http = "http".equalsIgnoreCase(uri.getScheme());
    boolean https = "https".equalsIgnoreCase(uri.getScheme());
    if (!(http || https) || uri.getRawQuery() != null || uri.isOpaque()) {
      throw bad(url, null);
    }
    return uri;
  }

  private static String ascii(String url, String host) {
    try {
      return IDN.toASCII(host);
    } catch (IllegalArgumentException error) {
      throw bad(url, error);
    }
  }

  private static IllegalArgumentException bad(String url, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        "'"
            + url
            + "' is not a server's address; expected one such as http://127.0.0.1:5000, or"
            + " unix:/path/to/socket",
        cause);
  }

  boolean isTls() {
    return tls;
  }

  String authority() {
    return host + ":" + port;
  }

  /** The server's address without a path. */
  public String url() {
    return url;
  }
}
