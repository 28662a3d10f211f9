package io.github.gymhttpapi.internal;

import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Looks names up within a deadline, which {@link InetAddress} knows nothing of. */
final class Resolver {
  private Resolver() {}

  static InetAddress[] addresses(String host, long deadline) throws IOException {
    if (host.startsWith("[")) {
      return InetAddress.getAllByName(host.substring(1, host.length() - 1));
    }
    if (host.matches("[0-9.]+")) {
      return InetAddress.getAllByName(host);
    }
    FutureTask<InetAddress[]> lookup = new FutureTask<>(() -> InetAddress.getAllByName(host));
    Thread thread = new Thread(lookup, "gym-http-client resolver");
    thread.setDaemon(true);
    thread.start();
    try {
      return lookup.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException error) {
      throw new SocketTimeoutException("Timed out");
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new IOException(error);
    } catch (ExecutionException error) {
      if (error.getCause() instanceof UnknownHostException) {
        throw (UnknownHostException) error.getCause();
      }
      throw new IOException(error.getCause());
    }
  }
}
