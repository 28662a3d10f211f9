package io.github.gymhttpapi.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.gymhttpapi.ApiException;
import io.github.gymhttpapi.EnvOptions;
import io.github.gymhttpapi.GymClient;
import io.github.gymhttpapi.RemoteEnv;
import io.github.gymhttpapi.RequestTimeoutException;
import io.github.gymhttpapi.StepResult;
import io.github.gymhttpapi.TransportException;
import io.github.gymhttpapi.testing.LiveServer;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@SuppressWarnings("try") // a listener that only listens
@EnabledForJreRange(min = JRE.JAVA_16)
@Execution(ExecutionMode.CONCURRENT)
class UnixSocketTest {
  @TempDir Path directory;

  private String address() {
    return "unix:" + path();
  }

  private Path path() {
    return directory.resolve("gym.sock");
  }

  private GymClient client(int millis) {
    return GymClient.builder(address()).timeout(Duration.ofMillis(millis)).token(null).build();
  }

  /** Listens, and accepts nobody by itself. */
  private ServerSocketChannel listener(int backlog) throws Exception {
    ServerSocketChannel listener =
        (ServerSocketChannel)
            ServerSocketChannel.class
                .getMethod("open", ProtocolFamily.class)
                .invoke(null, StandardProtocolFamily.valueOf("UNIX"));
    return listener.bind(UnixSocket.address(path().toString()), backlog);
  }

  @Test
  void anEpisodeIsTheSameAsThroughAPort() {
    LiveServer server = LiveServer.start("--listen", address());
    try (GymClient here = GymClient.of(server.address());
        GymClient there = GymClient.of(LiveServer.url());
        RemoteEnv env = RemoteEnv.make(here, "CartPole-v1", rendered());
        RemoteEnv other = RemoteEnv.make(there, "CartPole-v1", rendered())) {
      assertEquals(address(), here.url());
      assertArrayEquals(other.reset(3).floats(), env.reset(3).floats());
      StepResult step;
      do {
        step = env.step(1);
        assertArrayEquals(other.step(1).floats(), step.floats());
      } while (!step.done());
      assertArrayEquals(other.frame().bytes(), env.frame().bytes(), "a frame of 720 kB");
      assertEquals(400, assertThrows(ApiException.class, () -> env.step(7)).status());
    } finally {
      server.stop();
    }
  }

  private static EnvOptions rendered() {
    return new EnvOptions().renderMode("rgb_array");
  }

  @Test
  void aFileThatIsNotThereIsAnAbsentServer() {
    try (GymClient client = client(20_000)) {
      TransportException error =
          assertTimeoutPreemptively(
              Duration.ofSeconds(15), () -> assertThrows(TransportException.class, client::health));
      assertTrue(
          error.getMessage().contains(address() + " (GET /v1/health/): nothing answers there"),
          error.getMessage());
    }
  }

  @Test
  void silenceIsATimeout() throws Exception {
    try (ServerSocketChannel silent = listener(5);
        GymClient client = client(700)) {
      assertThrows(RequestTimeoutException.class, client::health);
    }
  }

  @Test
  void aServerThatDoesNotReadIsATimeout() throws Exception {
    try (ServerSocketChannel deaf = listener(5);
        GymClient client = client(700)) {
      assertTimeoutPreemptively(
          Duration.ofSeconds(15),
          () ->
              assertThrows(
                  RequestTimeoutException.class,
                  () -> client.envStep("abc", new double[1_000_000])));
    }
  }

  @Test
  void aServerThatAcceptsNobodyIsATimeout() throws Exception {
    try (ServerSocketChannel full = listener(1);
        GymClient client = client(700)) {
      CompletableFuture<?>[] first = new CompletableFuture<?>[4];
      for (int i = 0; i < first.length; i++) {
        first[i] = client.async().health();
      }
      assertTimeoutPreemptively(
          Duration.ofSeconds(15),
          () -> assertThrows(RequestTimeoutException.class, client::health));
    }
  }

  @Test
  void anInterruptEndsACall() throws Exception {
    try (ServerSocketChannel silent = listener(5);
        GymClient client = client(60_000)) {
      Thread.currentThread().interrupt();
      assertThrows(TransportException.class, client::health);
      assertTrue(Thread.interrupted(), "stays set");
      CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
      Thread waiting =
          new Thread(
              () -> {
                assertThrows(TransportException.class, client::health);
                interrupted.complete(Thread.currentThread().isInterrupted());
              });
      waiting.start();
      SocketChannel accepted = silent.accept();
      waiting.interrupt();
      assertTrue(interrupted.get(15, TimeUnit.SECONDS));
      accepted.close();
    }
  }

  @Test
  void closeAndCancelEndCallsThatWait() throws Exception {
    try (ServerSocketChannel silent = listener(5)) {
      GymClient client = client(60_000);
      CompletableFuture<?> cancelled = client.async().health();
      SocketChannel accepted = silent.accept();
      accepted.read(java.nio.ByteBuffer.allocate(1));
      cancelled.cancel(true);
      assertThrows(CancellationException.class, cancelled::join);
      java.nio.ByteBuffer rest = java.nio.ByteBuffer.allocate(4096);
      assertTimeoutPreemptively(
          Duration.ofSeconds(15),
          () -> {
            while (accepted.read(rest.clear()) >= 0) {
              // up to the end of the connection
            }
          });
      accepted.close();
      CompletableFuture<?> waiting = client.async().health();
      SocketChannel second = silent.accept();
      client.close();
      Throwable error =
          assertThrows(
              java.util.concurrent.ExecutionException.class,
              () -> waiting.get(15, TimeUnit.SECONDS));
      assertTrue(error.getMessage().contains("client is closed"), error.getMessage());
      second.close();
    }
  }

  @Test
  void aPathThatCannotBeIsRefusedAtOnce() {
    assertThrows(IllegalArgumentException.class, () -> GymClient.of("unix:"));
    assertThrows(IllegalArgumentException.class, () -> GymClient.of("unix:/a\0b"));
  }
}
