package io.github.gymhttpapi.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.ConnectException;
import java.net.ProtocolFamily;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connected Unix domain socket. Channels of that kind have no {@link Socket} of their own; this
 * one has the timeout of reads that they lack, and an interrupt ends what blocks.
 */
final class UnixSocket extends Socket {
  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private volatile int timeoutMillis;

  private UnixSocket(SocketChannel channel) throws IOException {
    this.channel = channel;
    channel.configureBlocking(false);
    selector = Selector.open();
    key = channel.register(selector, 0);
  }

  /**
   * The address of a path. Java has it since release 16, this code is for 11.
   *
   * @throws IllegalArgumentException when this Java has none, or the path cannot be used
   */
  static SocketAddress address(String path) {
    try {
      return (SocketAddress)
          Class.forName("java.net.UnixDomainSocketAddress")
              .getMethod("of", String.class)
              .invoke(null, path);
    } catch (ClassNotFoundException error) {
      throw new IllegalArgumentException(
          "unix: addresses take Java 16 or later, this is " + Runtime.version().feature(), error);
    } catch (ReflectiveOperationException error) {
      throw new IllegalArgumentException("'" + path + "' is not a path", error);
    }
  }

  static UnixSocket connect(SocketAddress address, long deadline) throws IOException {
    SocketChannel channel = open();
    // A server that accepts nobody makes this wait, and only the channel's end ends that.
    CompletableFuture<@Nullable Void> late = new CompletableFuture<>();
    late.thenRun(() -> Connection.closeQuietly(channel));
    late.completeOnTimeout(null, deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    try {
      channel.connect(address);
      return new UnixSocket(channel);
    } catch (IOException error) {
      Connection.closeQuietly(channel);
      Connection.millisUntil(deadline); // Once that has passed, it is what ended the attempt.
      throw error instanceof SocketException ? refusal(address, (SocketException) error) : error;
    } finally {
      late.cancel(false);
    }
  }

  private static SocketChannel open() throws IOException {
    try {
      return (SocketChannel)
          SocketChannel.class
              .getMethod("open", ProtocolFamily.class)
              .invoke(null, StandardProtocolFamily.valueOf("UNIX"));
    } catch (ReflectiveOperationException error) {
      throw new IOException(error);
    }
  }

  /** Without a file there is nobody to connect to, as at a port where nobody listens. */
  private static IOException refusal(SocketAddress address, SocketException error) {
    if (error instanceof BindException) { // what the JDK makes of EACCES
      return new AccessDeniedException(address.toString(), null, error.getMessage());
    }
    ConnectException absent = new ConnectException(address + ": " + error.getMessage());
    absent.initCause(error);
    return absent;
  }

  @Override
  public InputStream getInputStream() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer into = ByteBuffer.wrap(bytes, offset, length);
        int count = channel.read(into);
        while (count == 0 && length > 0) {
          await(SelectionKey.OP_READ, timeoutMillis);
          count = channel.read(into);
        }
        return count;
      }
    };
  }

  @Override
  public OutputStream getOutputStream() {
    return new OutputStream() {
      @Override
      public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        failIfInterrupted();
        ByteBuffer from = ByteBuffer.wrap(bytes, offset, length);
        channel.write(from);
        while (from.hasRemaining()) {
          await(SelectionKey.OP_WRITE, 0); // its end is the channel's, as with TCP
          channel.write(from);
        }
      }
    };
  }

  private void await(int operation, int millis) throws IOException {
    try {
      key.interestOps(operation);
      int ready = selector.select(millis);
      selector.selectedKeys().clear();
      failIfInterrupted();
      if (ready == 0 && channel.isOpen()) {
        throw new SocketTimeoutException("Timed out");
      }
    } catch (ClosedSelectorException | CancelledKeyException closed) {
      throw new AsynchronousCloseException();
    }
  }

  private void failIfInterrupted() throws IOException {
    if (Thread.currentThread().isInterrupted()) {
      close();
      throw new ClosedByInterruptException();
    }
  }

  /** Bounds each wait of a read; 0 for without end. */
  @Override
  public void setSoTimeout(int millis) {
    timeoutMillis = millis;
  }

  @Override
  public void close() throws IOException {
    channel.close();
    selector.close(); // wakes who waits, and gives the file descriptor back
  }
}
