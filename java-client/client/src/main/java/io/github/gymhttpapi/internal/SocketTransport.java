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
public final class SocketTransport implements AutoCloseable {
  private final Target target;
  private final ConcurrentLinkedDeque<HttpConnection> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;

  public SocketTransport(Target target) {
    this.target = target;
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
    long deadline = System.nanoTime() + target.timeout.toNanos();
    Reply trouble = null; // a gateway's last word, if it had one
    for (int attempt = 0; ; attempt++) {
      IOException loss = null;
      try {
        Reply reply = attempt(request, deadline);
        if (!Target.isGatewayTrouble(reply)) {
          return reply;
        }
        trouble = reply;
      } catch (SocketTimeoutException error) {
        if (trouble != null) {
          return trouble;
        }
        throw target.timeout(request, error);
      } catch (IOException error) {
        loss = error;
      }
      if (loss != null && !Target.isLoss(loss) || !pause(attempt, deadline)) {
        if (loss == null && trouble != null) {
          return trouble;
        }
        throw target.failure(request, Objects.requireNonNull(loss));
      }
    }
  }

  /** Waits before the next attempt; false when there is none to be. */
  private boolean pause(int attempt, long deadline) {
    long millis = Target.pause(attempt);
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    if (attempt >= target.retries || millis >= left) {
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
    HttpConnection connection = idle.pollFirst();
    if (connection == null) {
      connection = HttpConnection.open(target, deadline);
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
    for (HttpConnection old = idle.pollFirst(); old != null; old = idle.pollFirst()) {
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
