package io.github.gymhttpapi.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A server that answers each request by a script of its own, for faults that a real server does not
 * have.
 */
public final class Stub implements AutoCloseable {

  /** What to do with a connection after a request was read from it. */
  public interface Answer {
    void to(String request, Socket connection) throws IOException, InterruptedException;
  }

  /** The body of a step's reply. */
  public static final String STEP =
      "{\"observation\":[1.0],\"reward\":1.0,\"done\":false,\"terminated\":false,\"truncated\":false,\"info\":{}}";

  private final ServerSocket listener;
  private volatile boolean closed;
  private final List<Answer> script;
  private final List<Socket> connections = Collections.synchronizedList(new ArrayList<>());
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());

  /**
   * Answers the first request by the first answer and so on; the last one stands for all that
   * follow.
   */
  public Stub(Answer... script) throws IOException {
    this(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), script);
  }

  /** The same on a listener of the test's own, such as one that speaks TLS. */
  public Stub(ServerSocket listener, Answer... script) {
    this.listener = listener;
    this.script = List.of(script);
    Thread thread = new Thread(this::accept, "stub");
    thread.setDaemon(true);
    thread.start();
  }

  public int port() {
    return listener.getLocalPort();
  }

  public String url() {
    return "http://127.0.0.1:" + port();
  }

  /** Head and body of each request so far. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** The values of a header in the requests so far. */
  public List<String> headers(String name) {
    String start = name.toLowerCase(Locale.ROOT) + ": ";
    return requests().stream()
        .flatMap(String::lines)
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(start))
        .map(line -> line.substring(start.length()))
        .collect(Collectors.toList());
  }

  public int connections() {
    return connections.size();
  }

  /** Writes the text as it is; the connection stays open. */
  public static Answer raw(String text) {
    return (request, connection) -> {
      connection.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      connection.getOutputStream().flush();
    };
  }

  /** A whole reply with a Content-Length. */
  public static Answer reply(int status, String contentType, String body) {
    int length = body.getBytes(StandardCharsets.UTF_8).length;
    return raw(
        "HTTP/1.1 "
            + status
            + " Some Reason\r\nContent-Type: "
            + contentType
            + "\r\nContent-Length: "
            + length
            + "\r\n\r\n"
            + body);
  }

  public static Answer json(String body) {
    return reply(200, "application/json", body);
  }

  /** Answers as a server does that has one environment, whose observations are of shape [1]. */
  public static Answer environment() {
    Map<String, String> bodies = new LinkedHashMap<>();
    bodies.put("POST /v1/envs/ ", "{\"instance_id\":\"abc\"}");
    bodies.put("/action_space/sample ", "{\"action\":1}");
    bodies.put("/action_space/ ", "{\"info\":{\"name\":\"Discrete\",\"n\":2}}");
    bodies.put(
        "/observation_space/ ",
        "{\"info\":{\"name\":\"Box\",\"shape\":[1],\"low\":[-1e100],\"high\":[1e100]}}");
    bodies.put("/reset/ ", "{\"observation\":[0.0],\"info\":{}}");
    bodies.put("/step/ ", STEP);
    bodies.put("/close/ ", "{}");
    bodies.put("GET /v1/envs/[^/]+/ ", "{\"env_id\":\"CartPole-v1\"}");
    return (request, connection) -> {
      String line = request.substring(0, request.indexOf("HTTP/1.1"));
      for (Map.Entry<String, String> body : bodies.entrySet()) {
        if (line.matches(".*" + body.getKey())) {
          json(body.getValue()).to(request, connection);
          return;
        }
      }
      reply(404, "application/json", "{\"message\":\"no " + line + "\"}").to(request, connection);
    };
  }

  /** Writes the text and closes the connection. */
  public static Answer thenClose(String text) {
    return (request, connection) -> {
      raw(text).to(request, connection);
      connection.close();
    };
  }

  /** Never answers. */
  public static Answer silence() {
    return (request, connection) -> {};
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = listener.accept();
        connections.add(connection);
        Thread thread = new Thread(() -> serve(connection), "stub connection");
        thread.setDaemon(true);
        thread.start();
      }
    } catch (IOException closed) {
      // The end of the test.
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      for (String request = read(connection); request != null; request = read(connection)) {
        if (closed) {
          return; // The kernel may still have let somebody in while the listener was closed.
        }
        int index;
        synchronized (requests) {
          index = Math.min(requests.size(), script.size() - 1);
          requests.add(request);
        }
        script.get(index).to(request, connection);
      }
    } catch (IOException | InterruptedException closed) {
      // The client has gone, or the answer closed the connection.
    }
  }

  private static @org.jspecify.annotations.Nullable String read(Socket connection)
      throws IOException {
    InputStream in = connection.getInputStream();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return null;
      }
      head.append((char) next);
    }
    String lower = head.toString().toLowerCase(Locale.ROOT);
    int at = lower.indexOf("content-length:");
    if (at < 0) {
      return head.toString();
    }
    int length = Integer.parseInt(lower.substring(at + 15, lower.indexOf("\r\n", at)).trim());
    return head + new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    listener.close();
    synchronized (connections) {
      for (Socket connection : connections) {
        connection.close();
      }
    }
  }
}
