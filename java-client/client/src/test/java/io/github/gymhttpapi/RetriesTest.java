package io.github.gymhttpapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.gymhttpapi.testing.Stub;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Whether and when a call is tried again. */
@Execution(ExecutionMode.CONCURRENT)
class RetriesTest {
  private static final Stub.Answer LOST = Stub.thenClose("");
  private static final Stub.Answer GONE =
      Stub.reply(503, "text/html", "<h1>Service Unavailable</h1>");

  private static GymClientBuilder patient(String url, int millis) {
    return GymClient.builder(url).timeout(Duration.ofMillis(millis)).token(null);
  }

  private static GymClient client(Stub stub, int retries) {
    return patient(stub.url(), 1500).retries(retries).build();
  }

  private static long millisSince(long start) {
    return (System.nanoTime() - start) / 1_000_000;
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  @ParameterizedTest
  @CsvSource({"SYNC, ''", "ASYNC, ''", "SYNC, HTTP/1.1 200 O", "ASYNC, HTTP/1.1 200 O"})
  void aLostReplyIsAskedForAgainUnderTheSameKey(Way way, String beginning) throws IOException {
    try (Stub stub =
            new Stub(Stub.thenClose(beginning), Stub.thenClose(beginning), Stub.json(Stub.STEP));
        GymClient client = client(stub, 3)) {
      way.step(client);
      assertEquals(3, stub.requests().size());
      assertEquals(1, stub.headers("Idempotency-Key").stream().distinct().count());
      assertEquals(3, stub.headers("Idempotency-Key").size());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBodyThatIsCutShortIsAskedForAgain(Way way) throws IOException {
    Stub.Answer cut =
        Stub.thenClose(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{");
    try (Stub stub = new Stub(cut, Stub.json(Stub.STEP));
        GymClient client = client(stub, 1)) {
      way.step(client);
      assertEquals(2, stub.requests().size());
    }
  }

  @ParameterizedTest
  @EnumSource
  void retriesEnd(Way way) throws IOException {
    try (Stub stub = new Stub(Stub.thenClose(""));
        GymClient client = client(stub, 2)) {
      assertThrows(TransportException.class, () -> way.step(client));
      assertEquals(3, stub.requests().size());
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutRetriesAPostIsSentOnce(Way way) throws IOException {
    try (Stub stub = new Stub(Stub.json(Stub.STEP), Stub.thenClose(""));
        GymClient client = client(stub, 0)) {
      way.step(client);
      assertThrows(
          TransportException.class, () -> way.step(client)); // on a connection that was used before
      assertEquals(2, stub.requests().size());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aGatewaysTroubleIsWaitedOut(Way way) throws IOException {
    Stub.Answer gone = Stub.reply(503, "text/html", "<h1>Service Unavailable</h1>");
    try (Stub stub = new Stub(gone, gone, Stub.json(Stub.STEP));
        GymClient client = client(stub, 3)) {
      way.step(client);
      assertEquals(1, stub.headers("Idempotency-Key").stream().distinct().count());
    }
    try (Stub stub = new Stub(gone);
        GymClient client = client(stub, 1)) {
      ApiException error = assertThrows(ApiException.class, () -> way.step(client));
      assertEquals(503, error.status());
      assertEquals(null, error.code());
      assertTrue(
          error.getMessage().contains("503") && error.getMessage().contains("Unavailable"),
          error.getMessage());
      assertEquals(2, stub.requests().size());
    }
  }

  @ParameterizedTest
  @EnumSource
  void anAbsentServerIsATransportFailureThatSaysWhatToDo(Way way) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    try (GymClient client = GymClient.builder("http://127.0.0.1:" + port).retries(1).build()) {
      GymException error = assertThrows(TransportException.class, () -> way.step(client));
      assertEquals(GymException.Kind.TRANSPORT, error.kind());
      assertTrue(error.getMessage().contains("127.0.0.1:" + port), error.getMessage());
      assertTrue(error.getMessage().contains("is gym-http-server running?"), error.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCallIsTriedUntilItsDeadlineAndSaysWhatWentWrong(Way way) throws IOException {
    try (Stub stub = new Stub(LOST);
        GymClient client = patient(stub.url(), 1000).build()) {
      long start = System.nanoTime();
      GymException error = assertThrows(GymException.class, () -> way.step(client));
      long took = millisSince(start);
      assertTrue(took < 1100, "took " + took + " ms");
      // By chance the deadline ends the last attempt, not the pause before it.
      boolean cutOff = error instanceof RequestTimeoutException;
      assertEquals(cutOff ? GymException.Kind.TIMEOUT : GymException.Kind.TRANSPORT, error.kind());
      assertInstanceOf(IOException.class, cutOff ? error.getSuppressed()[0] : error.getCause());
      // after 0, 20, 40, 80, 160 and 320 ms, each up to halved
      int tries = stub.requests().size();
      assertTrue(tries >= 6 && tries <= 9, tries + " attempts");
    }
  }

  @ParameterizedTest
  @EnumSource
  void manyLossesInARowAreSurvived(Way way) throws IOException {
    Stub.Answer[] script = Collections.nCopies(12, LOST).toArray(new Stub.Answer[13]);
    script[12] = Stub.json(Stub.STEP);
    try (Stub stub = new Stub(script);
        GymClient client = patient(stub.url(), 20_000).build()) {
      way.step(client);
      assertEquals(13, stub.requests().size());
    }
  }

  @ParameterizedTest
  @EnumSource
  void anAttemptThatTheDeadlineCutsOffIsATimeout(Way way) throws IOException {
    try (Stub stub = new Stub(GONE, Stub.silence());
        GymClient client = patient(stub.url(), 500).build()) {
      assertThrows(RequestTimeoutException.class, () -> way.step(client));
    }
  }

  @ParameterizedTest
  @EnumSource
  void retryAfterIsTheLeastPause(Way way) throws IOException {
    Stub.Answer busy = Stub.raw("HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n");
    try (Stub stub = new Stub(busy, Stub.json(Stub.STEP));
        GymClient client = patient(stub.url(), 10_000).build()) {
      long start = System.nanoTime();
      way.step(client);
      assertTrue(millisSince(start) >= 1000);
      assertEquals(2, stub.requests().size());
    }
    try (Stub stub = new Stub(busy, Stub.json(Stub.STEP));
        GymClient client = patient(stub.url(), 900).build()) {
      long start = System.nanoTime();
      assertEquals(503, assertThrows(ApiException.class, () -> way.step(client)).status());
      assertTrue(millisSince(start) < 500, "there is no time for that, which is known at once");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatWasNeverThereIsWaitedForTwoSeconds(Way way) throws IOException {
    try (GymClient client = patient("http://127.0.0.1:" + freePort(), 30_000).build()) {
      long start = System.nanoTime();
      assertThrows(TransportException.class, () -> way.step(client));
      long took = millisSince(start);
      assertTrue(took >= 1000 && took < 2100, "took " + took + " ms");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aNameThatDoesNotResolveFailsAtOnce(Way way) {
    try (GymClient client = patient("http://no-such-host.invalid:5000", 30_000).build()) {
      long start = System.nanoTime();
      GymException error = assertThrows(TransportException.class, () -> way.step(client));
      assertTrue(error.getMessage().endsWith("no such host"), error.getMessage());
      assertTrue(millisSince(start) < 1000);
    }
  }

  @Test
  void aServerThatRestartsIsWaitedForUntilTheDeadline() throws Exception {
    int port = freePort();
    GymClient client = patient("http://127.0.0.1:" + port, 30_000).build();
    try (client) {
      try (Stub stub = new Stub(listener(port), Stub.thenClose(json(Stub.STEP)))) {
        Way.SYNC.step(client);
        assertEquals(1, stub.requests().size());
      }
      var step = client.async().envStep("abc", 1);
      Thread.sleep(2500); // longer than a server that was never there is waited for
      try (Stub back = new Stub(listener(port), Stub.json(Stub.STEP))) {
        step.join();
        assertEquals(1, back.requests().size());
      }
    }
  }

  private static String json(String body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private static ServerSocket listener(int port) throws IOException {
    ServerSocket listener = new ServerSocket();
    listener.setReuseAddress(true);
    listener.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return listener;
  }
}
