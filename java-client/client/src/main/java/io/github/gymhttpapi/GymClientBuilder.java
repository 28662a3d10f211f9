package io.github.gymhttpapi;

import io.github.gymhttpapi.internal.Endpoint;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The settings of a {@link GymClient}. */
public final class GymClientBuilder {
  private final String url;
  private @Nullable Encoding encoding;
  private Duration timeout = Duration.ofSeconds(60);
  private int retries = Integer.MAX_VALUE;
  private @Nullable String token = System.getenv("GYM_HTTP_TOKEN");
  private @Nullable SSLContext sslContext;

  GymClientBuilder(String url) {
    this.url = url;
  }

  /**
   * How documents cross the wire, whoever sends them.
   *
   * @param value by default {@link Encoding#JSON} for the client's own operations and {@link
   *     Encoding#MSGPACK} for environments
   * @return this builder
   */
  public GymClientBuilder encoding(Encoding value) {
    this.encoding = value;
    return this;
  }

  /**
   * How long one call may take, all its attempts and the pauses between them together.
   *
   * @param value by default 60 seconds
   * @return this builder
   * @throws IllegalArgumentException when it is not positive
   */
  public GymClientBuilder timeout(Duration value) {
    if (value.isZero() || value.isNegative()) {
      throw new IllegalArgumentException("A timeout must be positive, got " + value);
    }
    this.timeout = value;
    return this;
  }

  /**
   * How often a call is tried again at most when its connection is lost, or a gateway answers 502,
   * 503 or 504.
   *
   * @param value by default as often as the timeout allows; 0 for never
   * @return this builder
   * @throws IllegalArgumentException when it is negative
   */
  public GymClientBuilder retries(int value) {
    if (value < 0) {
      throw new IllegalArgumentException("retries must be at least 0, got " + value);
    }
    this.retries = value;
    return this;
  }

  /**
   * The server's token.
   *
   * @param value by default the environment variable {@code GYM_HTTP_TOKEN}; null for none
   * @return this builder
   */
  public GymClientBuilder token(@Nullable String value) {
    this.token = value;
    return this;
  }

  /**
   * Which certificates an {@code https} server may have.
   *
   * @param value by default the platform's
   * @return this builder
   */
  public GymClientBuilder sslContext(SSLContext value) {
    this.sslContext = value;
    return this;
  }

  /**
   * Makes the client. Nothing is sent yet.
   *
   * @return a client
   * @throws IllegalArgumentException when the URL or the token cannot be used
   */
  public GymClient build() {
    String given = token == null || token.isEmpty() ? null : token;
    return new GymClient(
        new Session(new Endpoint(url, timeout, retries, given, sslContext), encoding));
  }
}
