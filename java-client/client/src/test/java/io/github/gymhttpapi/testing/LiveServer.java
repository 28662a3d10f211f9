package io.github.gymhttpapi.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A real gym-http-server on a free port, with the environments of the conformance suite; one for
 * each test JVM.
 */
public final class LiveServer {
  private static final Pattern LISTENS = Pattern.compile("listens at ((?:http://|unix:)\\S+)");
  private static @Nullable LiveServer shared;

  private final String url;
  private final Process process;

  private LiveServer(String url, Process process) {
    this.url = url;
    this.process = process;
  }

  /**
   * The address of the server that tests share, started by the first of them and stopped with the
   * JVM.
   */
  public static synchronized String url() {
    if (shared == null) {
      LiveServer server = start();
      Runtime.getRuntime().addShutdownHook(new Thread(server::stop));
      shared = server;
    }
    return shared.url;
  }

  /** Starts a server of one's own. */
  public static LiveServer start(String... arguments) {
    String program = System.getProperty("gym.http.server", "gym-http-server");
    try {
      Path directory = Files.createTempDirectory("gym-http-server");
      ProcessBuilder builder =
          new ProcessBuilder(program, "-p", "0", "--import", "gym_http_conformance.envs");
      builder.command().addAll(java.util.List.of(arguments));
      builder.directory(directory.toFile()).redirectErrorStream(true);
      builder.environment().put("PYTHONPATH", repository().resolve("conformance/src").toString());
      builder.environment().remove("GYM_HTTP_TOKEN");
      return await(builder.start());
    } catch (IOException error) {
      throw new UncheckedIOException(
          "Cannot start '"
              + program
              + "', which the tests talk to. Install it (pip install ./server) so that it is on"
              + " PATH, or say where it is: mvn -Dgym.http.server=/path/to/gym-http-server verify",
          error);
    }
  }

  private static Path repository() {
    for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
      if (Files.isDirectory(path.resolve("conformance/src"))) {
        return path;
      }
    }
    throw new IllegalStateException(
        "The tests run inside the repository, whose conformance/src they need");
  }

  private static LiveServer await(Process process) throws IOException {
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder said = new StringBuilder();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      Matcher listens = LISTENS.matcher(line);
      if (listens.find()) {
        Thread drain = new Thread(() -> out.lines().forEach(rest -> {}), "server output");
        drain.setDaemon(true);
        drain.start();
        return new LiveServer(listens.group(1), process);
      }
      said.append(line).append('\n');
    }
    throw new IllegalStateException("The server did not start:\n" + said);
  }

  /** This server's address. */
  public String address() {
    return url;
  }

  /** Waits until the server has stopped by itself. */
  public boolean awaitEnd() throws InterruptedException {
    return process.waitFor(20, TimeUnit.SECONDS);
  }

  /** Stops the server. */
  public void stop() {
    process.destroy();
  }
}
