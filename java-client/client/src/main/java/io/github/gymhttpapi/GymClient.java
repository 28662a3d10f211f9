package io.github.gymhttpapi;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The API of gym-http-server, one method for each operation.
 *
 * <p>Replies come as they are on the wire: objects as {@link Map}, lists as {@link List}, integers
 * as {@link Long} (or {@code BigInteger}), other numbers as {@link Double} (infinities too), arrays
 * as {@link NDArray} from MessagePack and as nested lists from JSON (there NaN is null). {@link
 * RemoteEnv} turns them into the values of the environment's spaces.
 *
 * <p>Safe from several threads, each of which has a connection of its own while it waits. Every
 * call that changes something carries an {@code Idempotency-Key} and is tried again when its
 * connection is lost: the server carries it out once. Every method throws a {@link GymException}
 * when the call fails, and an {@link IllegalArgumentException} for a value that cannot be sent.
 */
public final class GymClient extends Operations implements AutoCloseable {
  final Session session;
  private final AsyncGymClient async;

  GymClient(Session session) {
    this.session = session;
    this.async = new AsyncGymClient(session);
  }

  /**
   * A client with the usual settings. Nothing is sent yet.
   *
   * @param url the server's address, such as {@code http://127.0.0.1:5000}
   * @return a client
   * @throws IllegalArgumentException when that is no address
   */
  public static GymClient of(String url) {
    return builder(url).build();
  }

  /**
   * A client with settings of its own.
   *
   * @param url the server's address, such as {@code http://127.0.0.1:5000}
   * @return a builder
   */
  public static GymClientBuilder builder(String url) {
    return new GymClientBuilder(url);
  }

  /**
   * The same operations without waiting for the reply.
   *
   * @return the asynchronous client, which is closed with this one
   */
  public AsyncGymClient async() {
    return async;
  }

  /**
   * The server's address.
   *
   * @return the URL without a path
   */
  public String url() {
    return session.url();
  }

  /**
   * How the documents of this client's own operations cross the wire. Those of a {@link RemoteEnv}
   * do so in MessagePack unless {@link GymClientBuilder#encoding} says otherwise.
   *
   * @return the encoding
   */
  public Encoding encoding() {
    return session.encoding(false);
  }

  @Override
  <T extends @Nullable Object> T send(Operation<T> operation) {
    return session.send(operation);
  }

  /** Closes the connections. The server's instances live on: {@link #envClose} closes one. */
  @Override
  public void close() {
    session.close();
  }
}
