package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.RequestTimeoutException;
import io.github.gymhttpapi.TransportException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;

/**
 * Sends requests over kept-alive connections on the calling thread; safe from several threads, each
 * with a connection of its own.
 *
 * <p>A lost connection is tried again with the very same request: its Idempotency-Key makes that
 * safe.
 */
public final class Transport implements AutoCloseable {
  private final Endpoint endpoint;
  private final ConcurrentLinkedDeque<Connection> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;

  public Transport(Endpoint endpoint) {
    this.endpoint = endpoint;
  }

  /**
   * Sends a request and reads the whole reply.
   *
   * @throws RequestTimeoutException when the reply has not come within the timeout, all attempts
   *     together
   * @throws TransportException when every attempt lost its connection, or the thread was
   *     interrupted
   */
  public Reply exchange(Request request) {
    long deadline = System.nanoTime() + endpoint.timeout.toNanos();
    Reply trouble = null; // a gateway's last word, if it had one
    for (int attempt = 0; ; attempt++) {
      IOException loss = null;
      try {
        Reply reply = attempt(request, deadline);
        if (!Endpoint.isGatewayTrouble(reply)) {
          return reply;
        }
        trouble = reply;
      } catch (SocketTimeoutException error) {
        if (trouble != null) {
          return trouble;
        }
        throw endpoint.timeout(request, error);
      } catch (IOException error) {
        loss = error;
      }
      if (loss != null && !Endpoint.isLoss(loss) || !pause(attempt, deadline)) {
        if (loss == null && trouble != null) {
          return trouble;
        }
        throw endpoint.failure(request, Objects.requireNonNull(loss));
      }
    }
  }

  /** Waits before the next attempt; false when there is none to be. */
  private boolean pause(int attempt, long deadline) {
    long millis = Endpoint.pause(attempt);
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    if (attempt >= endpoint.retries || millis >= left) {
      return false;
    }
    try {
      Thread.sleep(millis);
      return true;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Reply attempt(Request request, long deadline) throws IOException {
    if (closed) {
      throw new IllegalStateException("The client is closed");
    }
    Connection connection = idle.pollFirst();
    if (connection == null) {
      connection = Connection.open(endpoint, deadline);
    }
    boolean keep = false;
    try {
      Reply reply = connection.exchange(request, deadline);
      keep = connection.isReusable() && !closed;
      return reply;
    } catch (SocketTimeoutException error) {
      throw error;
    } catch (IOException error) {
      if (connection.wasUsed()) {
        closeIdle(); // Where one idle connection is dead, the others mostly are.
      }
      throw error;
    } finally {
      if (keep) {
        idle.addFirst(connection);
      } else {
        connection.close();
      }
    }
  }

  private void closeIdle() {
    for (Connection old = idle.pollFirst(); old != null; old = idle.pollFirst()) {
      old.close();
    }
  }

  /** Closes idle connections now, and those in use when their reply has come. */
  @Override
  public void close() {
    closed = true;
    closeIdle();
  }
}
