package io.github.gymhttpapi.internal;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection: a request is one write, a small reply one read, on the caller's own
 * thread.
 *
 * <p>The socket belongs to a channel, so that an interrupt ends a blocked read at once (a plain
 * {@link Socket} ignores it).
 */
final class Connection implements AutoCloseable {
  private static final int FITS_SOCKET_BUFFERS = 64 * 1024;

  private final Endpoint endpoint;
  private final Closeable channel;
  private final Socket socket;
  private final ReplyReader in;
  private final OutputStream out;
  private boolean used;
  private volatile boolean quiet;

  private Connection(Endpoint endpoint, Closeable channel, Socket socket) throws IOException {
    this.endpoint = endpoint;
    this.channel = channel;
    this.socket = socket;
    this.in = new ReplyReader(socket);
    this.out = socket.getOutputStream();
  }

  /** Connects to the first of the host's addresses that answers. */
  static Connection open(Endpoint endpoint, long deadline) throws IOException {
    if (endpoint.unix != null) {
      Socket socket = UnixSocket.connect(endpoint.unix, deadline);
      return new Connection(endpoint, socket, socket);
    }
    IOException last = null;
    for (InetAddress address : Resolver.addresses(endpoint.host, deadline)) {
      SocketChannel channel = SocketChannel.open();
      try {
        Socket socket = channel.socket();
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(address, endpoint.port), millisUntil(deadline));
        return new Connection(
            endpoint, channel, endpoint.isTls() ? secured(endpoint, socket, deadline) : socket);
      } catch (IOException error) {
        channel.close();
        last = error;
      }
    }
    throw last == null ? new ConnectException("no address") : last;
  }

  private static Socket secured(Endpoint endpoint, Socket plain, long deadline) throws IOException {
    SSLContext context = endpoint.sslContext != null ? endpoint.sslContext : defaultContext();
    plain.setSoTimeout(millisUntil(deadline));
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(plain, endpoint.host, endpoint.port, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private static SSLContext defaultContext() throws IOException {
    try {
      return SSLContext.getDefault();
    } catch (java.security.NoSuchAlgorithmException error) {
      throw new IOException(error);
    }
  }

  static int millisUntil(long deadline) throws SocketTimeoutException {
    long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    if (millis <= 0) {
      throw new SocketTimeoutException("Timed out");
    }
    return (int) Math.min(millis, Integer.MAX_VALUE);
  }

  /**
   * Whether a request went over this connection before: if so, the server may have closed it
   * meanwhile.
   */
  boolean wasUsed() {
    return used;
  }

  Reply exchange(Request request, long deadline) throws IOException {
    quiet = false;
    Reply reply = answer(bytes(request), deadline);
    used = true;
    quiet = in.keepAlive();
    return reply;
  }

  private Reply answer(byte[] request, long deadline) throws IOException {
    try {
      send(request, deadline);
    } catch (SocketTimeoutException error) {
      throw error;
    } catch (IOException error) {
      try {
        return in.read(deadline); // A server may refuse a request before it has read it all.
      } catch (IOException none) {
        throw error;
      }
    }
    return in.read(deadline);
  }

  private void send(byte[] bytes, long deadline) throws IOException {
    if (bytes.length <= FITS_SOCKET_BUFFERS) {
      out.write(bytes);
      return;
    }
    // No socket option bounds a write. It is the channel that ends one, as TLS closes politely.
    CompletableFuture<@Nullable Void> late = new CompletableFuture<>();
    late.thenRun(this::closeChannel);
    late.completeOnTimeout(null, deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    try {
      out.write(bytes);
    } catch (IOException error) {
      millisUntil(deadline); // Once that has passed, it is what ended the write.
      throw error;
    } finally {
      late.cancel(false);
    }
  }

  /** Whether the server lets another request follow the reply just read. */
  boolean isReusable() {
    return quiet;
  }

  private byte[] bytes(Request request) {
    StringBuilder head = new StringBuilder(384);
    head.append(request.method)
        .append(' ')
        .append(endpoint.prefix)
        .append(request.path)
        .append(" HTTP/1.1\r\n");
    header(head, "Host", endpoint.authority());
    header(head, "Accept", request.accept);
    header(head, "User-Agent", "gym-http-client-java");
    if (endpoint.token != null) {
      header(head, "Authorization", "Bearer " + endpoint.token);
    }
    header(head, "Idempotency-Key", request.key);
    header(head, "Content-Type", request.contentType);
    if (request.contentType != null) {
      header(head, "Content-Length", Integer.toString(request.body.length));
    }
    byte[] start = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    byte[] all = new byte[start.length + request.body.length];
    System.arraycopy(start, 0, all, 0, start.length);
    System.arraycopy(request.body, 0, all, start.length, request.body.length);
    return all;
  }

  private static void header(StringBuilder head, String name, @Nullable String value) {
    if (value != null) {
      head.append(name).append(": ").append(value).append("\r\n");
    }
  }

  private void closeChannel() {
    closeQuietly(channel);
  }

  static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException ignored) {
      // It is being given up: what waits for it fails all the same.
    }
  }

  @Override
  public void close() {
    if (!quiet) {
      closeChannel(); // A polite end, such as TLS has, could wait for the peer.
    }
    closeQuietly(socket);
  }
}
