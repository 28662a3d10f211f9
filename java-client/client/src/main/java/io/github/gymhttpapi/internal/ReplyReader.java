package io.github.gymhttpapi.internal;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * Reads HTTP/1.1 replies from a socket (RFC 9112): by Content-Length, chunked, or up to the end of
 * the connection.
 */
final class ReplyReader {
  private static final int LONGEST_LINE = 64 * 1024;
  private static final int MOST_HEADERS = 256;

  private final Socket socket;
  private final InputStream in;
  private byte[] buffer = new byte[8 * 1024];
  private int at;
  private int end;
  private long deadline;
  private boolean keepAlive;

  ReplyReader(Socket socket) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
  }

  boolean keepAlive() {
    return keepAlive;
  }

  Reply read(long until) throws IOException {
    deadline = until;
    keepAlive = false;
    Head head = head();
    while (head.status / 100 == 1) {
      head = head();
    }
    byte[] body;
    boolean delimited = true;
    if (head.status == 204 || head.status == 304) {
      body = new byte[0];
    } else if (head.chunked) {
      body = chunks();
    } else if (head.length >= 0) {
      body = exactly(head.length);
    } else {
      body = toEnd();
      delimited = false;
    }
    keepAlive = delimited && head.keepAlive && at == end;
    return new Reply(head.status, head.contentType, body, head.retryAfter);
  }

  private static final class Head {
    int status;
    int length = -1;
    boolean chunked;
    boolean keepAlive;
    int retryAfter;
    String contentType = "";
  }

  private Head head() throws IOException {
    Head head = new Head();
    String start = line();
    if (!start.startsWith("HTTP/1.") || start.length() < 12) {
      throw new ProtocolException(
          "not an HTTP reply: " + start.substring(0, Math.min(80, start.length())));
    }
    head.keepAlive = start.charAt(7) != '0';
    head.status = number(start.substring(9, 12), 10);
    int count = 0;
    for (String line = line(); !line.isEmpty(); line = line()) {
      if (++count > MOST_HEADERS) {
        throw new ProtocolException("more than " + MOST_HEADERS + " headers");
      }
      header(head, line);
    }
    return head;
  }

  private static void header(Head head, String line) throws IOException {
    int colon = line.indexOf(':');
    if (colon < 0) {
      throw new ProtocolException("malformed header: " + line);
    }
    String value = line.substring(colon + 1).trim();
    switch (line.substring(0, colon).toLowerCase(Locale.ROOT)) {
      case "content-length":
        head.length = number(value, 10);
        break;
      case "content-type":
        head.contentType = value;
        break;
      case "transfer-encoding":
        head.chunked = value.toLowerCase(Locale.ROOT).endsWith("chunked");
        break;
      case "connection":
        head.keepAlive =
            value.equalsIgnoreCase("keep-alive")
                || head.keepAlive && !value.equalsIgnoreCase("close");
        break;
      case "retry-after":
        head.retryAfter = value.matches("\\d{1,9}") ? Integer.parseInt(value) : 0; // or a date
        break;
      default:
    }
  }

  private static int number(String text, int radix) throws IOException {
    try {
      int number = Integer.parseInt(text, radix);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException malformed) {
      // Said below, with the text.
    }
    throw new ProtocolException("expected a length or status, got '" + text + "'");
  }

  /** The next line without its end. */
  private String line() throws IOException {
    int scan = at;
    while (true) {
      for (; scan < end; scan++) {
        if (buffer[scan] == '\n') {
          int stop = scan > at && buffer[scan - 1] == '\r' ? scan - 1 : scan;
          String line = new String(buffer, at, stop - at, StandardCharsets.ISO_8859_1);
          at = scan + 1;
          return line;
        }
      }
      if (end - at > LONGEST_LINE) {
        throw new ProtocolException("a header of more than " + LONGEST_LINE + " bytes");
      }
      int scanned = scan - at;
      fill();
      scan = at + scanned;
    }
  }

  /** Reads some more bytes into the buffer, having made room. */
  private void fill() throws IOException {
    if (at == end) {
      at = 0;
      end = 0;
    } else if (end == buffer.length) {
      byte[] target = at > 0 ? buffer : new byte[2 * buffer.length];
      System.arraycopy(buffer, at, target, 0, end - at);
      buffer = target;
      end -= at;
      at = 0;
    }
    end += receive(buffer, end, buffer.length - end);
  }

  private int receive(byte[] target, int offset, int length) throws IOException {
    socket.setSoTimeout(Connection.millisUntil(deadline));
    int count = in.read(target, offset, length);
    if (count < 0) {
      throw new EOFException("the connection was closed before the whole reply had come");
    }
    return count;
  }

  private byte[] exactly(int length) throws IOException {
    // Memory grows with what really comes, not with what was announced.
    byte[] body = new byte[Math.min(length, 1 << 20)];
    int filled = 0;
    while (filled < length) {
      if (filled == body.length) {
        body = Arrays.copyOf(body, (int) Math.min(length, 2L * filled));
      }
      filled += take(body, filled, body.length - filled);
    }
    return body;
  }

  private int take(byte[] target, int offset, int length) throws IOException {
    if (at == end) {
      return receive(target, offset, length);
    }
    int count = Math.min(length, end - at);
    System.arraycopy(buffer, at, target, offset, count);
    at += count;
    return count;
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      String size = line();
      int extension = size.indexOf(';');
      int length = number((extension < 0 ? size : size.substring(0, extension)).trim(), 16);
      if (length == 0) {
        while (!line().isEmpty()) {
          // Trailers say nothing that is used here.
        }
        return body.toByteArray();
      }
      body.writeBytes(exactly(length));
      if (!line().isEmpty()) {
        throw new ProtocolException("a chunk is longer than announced");
      }
    }
  }

  private byte[] toEnd() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(buffer, at, end - at);
    at = end;
    while (true) {
      socket.setSoTimeout(Connection.millisUntil(deadline));
      int count = in.read(buffer);
      if (count < 0) {
        return body.toByteArray();
      }
      body.write(buffer, 0, count);
    }
  }
}
