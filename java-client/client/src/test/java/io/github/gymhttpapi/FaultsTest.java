package io.github.gymhttpapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.gymhttpapi.testing.Stub;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the client makes of a server that is absent, slow, broken or not a gym-http-server at all.
 */
@Execution(ExecutionMode.CONCURRENT)
class FaultsTest {
  private static GymClient client(Stub stub, int retries) {
    return GymClient.builder(stub.url())
        .timeout(Duration.ofMillis(1500))
        .retries(retries)
        .token(null)
        .build();
  }

  @ParameterizedTest
  @EnumSource
  void aSilentServerIsATimeoutAndNotTriedAgain(Way way) throws IOException {
    try (Stub stub = new Stub(Stub.silence());
        GymClient client = client(stub, 3)) {
      GymException error = assertThrows(RequestTimeoutException.class, () -> way.step(client));
      assertTrue(error.getMessage().contains("within 1.5 s"), error.getMessage());
      assertEquals(1, stub.requests().size());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatDoesNotReadIsATimeout(Way way) throws IOException {
    try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        GymClient client =
            GymClient.builder("http://127.0.0.1:" + deaf.getLocalPort())
                .timeout(Duration.ofSeconds(1))
                .build()) {
      assertTimeoutPreemptively(
          Duration.ofSeconds(8),
          () ->
              assertThrows(
                  RequestTimeoutException.class, () -> way.step(client, new double[1_000_000])));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRefusalThatComesBeforeTheWholeRequestIsReadIsHeard(Way way) throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        GymClient client =
            GymClient.builder("http://127.0.0.1:" + listener.getLocalPort())
                .timeout(Duration.ofSeconds(5))
                .build()) {
      CompletableFuture<Integer> connections = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                try (Socket connection = listener.accept()) {
                  connection.getInputStream().readNBytes(1000);
                  Stub.reply(413, "application/json", "{\"message\":\"too large\"}")
                      .to("", connection);
                  connections.complete(1);
                } catch (IOException | InterruptedException error) {
                  connections.completeExceptionally(error);
                }
              });
      thread.start();
      ApiException error =
          assertThrows(ApiException.class, () -> way.step(client, new double[1_000_000]));
      assertEquals(413, error.status());
      connections.get();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aReplyThatStallsInTheMiddleIsATimeout(Way way) throws IOException {
    try (Stub stub = new Stub(Stub.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"obs"));
        GymClient client = client(stub, 3)) {
      assertThrows(RequestTimeoutException.class, () -> way.step(client));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html>",
        "{\"observation\": [1.0",
        "[]",
        "null",
        "{}",
        "{\"observation\": 1} {}",
        "{\"observation\":1,\"reward\":\"much\",\"done\":false,\"terminated\":false,\"truncated\":false,\"info\":{}}",
        "{\"observation\":1,\"reward\":1.0,\"done\":1,\"terminated\":false,\"truncated\":false,\"info\":{}}",
        "{\"observation\":1,\"reward\":1.0,\"done\":false,\"terminated\":false,\"truncated\":false,\"info\":[]}"
      })
  void aReplyThatIsNotWhatWasPromisedIsADecodeFailure(String body) throws IOException {
    for (Way way : Way.values()) {
      try (Stub stub = new Stub(Stub.json(body));
          GymClient client = client(stub, 3)) {
        DecodeException error = assertThrows(DecodeException.class, () -> way.step(client));
        assertTrue(error.getMessage().startsWith("env_step: "), error.getMessage());
        assertEquals(1, stub.requests().size());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPageInsteadOfADocumentIsShown(Way way) throws IOException {
    try (Stub stub =
            new Stub(Stub.reply(200, "text/html; charset=utf-8", "<title>Log in</title>"));
        GymClient client = client(stub, 0)) {
      DecodeException error = assertThrows(DecodeException.class, () -> way.step(client));
      assertTrue(error.getMessage().contains("text/html: <title>Log in"), error.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void brokenMessagePackIsADecodeFailure(Way way) throws IOException {
    for (String body : List.of("\u0001\u0002", "", "\u007f")) {
      try (Stub stub = new Stub(Stub.reply(200, "application/vnd.msgpack", body));
          GymClient client = client(stub, 0)) {
        assertThrows(DecodeException.class, () -> way.step(client));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void somethingThatIsNotHttpIsADecodeFailure(Way way) throws IOException {
    try (Stub stub = new Stub(Stub.thenClose("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n\r\n"));
        GymClient client = client(stub, 3)) {
      assertThrows(DecodeException.class, () -> way.step(client));
      assertEquals(1, stub.requests().size());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n%2$x\r\n%1$s\r\n0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %2$d\r\n\r\n%1$s",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close\r\n\r\n%1$s",
        "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n%1$s",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %2$d\r\nConnection: close\r\n\r\n%1$s",
      })
  void everyFramingOfHttpIsUnderstood(String format) throws IOException {
    String reply = String.format(Locale.ROOT, format, Stub.STEP, Stub.STEP.length());
    boolean closes = !reply.contains("chunked") && !reply.contains("100 Continue");
    for (Way way : Way.values()) {
      try (Stub stub = new Stub(closes ? Stub.thenClose(reply) : Stub.raw(reply));
          GymClient client = client(stub, 0)) {
        way.step(client);
        way.step(client);
        assertEquals(closes ? 2 : 1, stub.connections());
      }
    }
  }

  @Test
  void aReplyInManySmallPiecesIsPutTogether() throws IOException {
    String reply =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
            + Stub.STEP.length()
            + "\r\n\r\n"
            + Stub.STEP;
    Stub.Answer dribble =
        (request, connection) -> {
          for (byte next : reply.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
            connection.getOutputStream().write(next);
            Thread.sleep(1);
          }
        };
    try (Stub stub = new Stub(dribble);
        GymClient client = client(stub, 0)) {
      assertEquals(List.of(1.0), client.envStep("abc", 1).get("observation"));
    }
  }

  @Test
  void whatGoesOutIsWhatTheApiAsksFor() throws IOException {
    try (Stub stub = new Stub(Stub.json(Stub.STEP));
        GymClient client = GymClient.builder(stub.url() + "/gym/").token("s3cret").build()) {
      Way.SYNC.step(client);
      Way.SYNC.step(client);
      Way.ASYNC.step(client);
      for (String request : stub.requests()) {
        assertTrue(request.startsWith("POST /gym/v1/envs/abc/step/ HTTP/1.1\r\n"), request);
      }
      assertEquals(3, stub.headers("Idempotency-Key").stream().distinct().count());
      assertEquals(
          List.of("Bearer s3cret", "Bearer s3cret", "Bearer s3cret"),
          stub.headers("Authorization"));
      assertEquals(List.of(), stub.headers("Upgrade"));
    }
  }

  /** See {@code spec/decisions/0015-default-encodings.md}. */
  @ParameterizedTest
  @CsvSource({", json, vnd.msgpack", "JSON, json, json", "MSGPACK, vnd.msgpack, vnd.msgpack"})
  void anEncodingThatIsNamedHoldsForEverythingAndElseTheFaceChooses(
      @Nullable Encoding named, String flat, String typed) throws IOException {
    try (Stub stub = new Stub(Stub.environment())) {
      GymClientBuilder builder = GymClient.builder(stub.url());
      if (named != null) {
        builder.encoding(named);
      }
      try (GymClient client = builder.build()) {
        Way.SYNC.step(client);
        Way.ASYNC.step(client);
        client.envClose("abc");
        assertSpeaks(stub, 0, flat);
        int from = stub.requests().size();
        try (RemoteEnv env = RemoteEnv.make(client, "CartPole-v1", new EnvOptions())) {
          env.reset();
          env.step(1);
          env.stepAsync(1).join();
          env.sampleAction();
          env.info();
        }
        assertSpeaks(stub, from, typed);
        assertTrue(stub.requests().size() >= from + 7);
      }
    }
  }

  private static void assertSpeaks(Stub stub, int from, String subtype) {
    for (String request : stub.requests().subList(from, stub.requests().size())) {
      assertTrue(request.contains("\r\nAccept: application/" + subtype), request);
      String type = "\r\nContent-Type: application/" + subtype + "\r\n";
      assertEquals(request.startsWith("POST"), request.contains(type), request);
    }
  }

  @Test
  void anInstanceIdCannotLeaveItsPlaceInThePath() throws IOException {
    try (Stub stub = new Stub(Stub.json("{}"));
        GymClient client = client(stub, 0)) {
      client.envClose("../a b\r\nX: 1");
      assertTrue(
          stub.requests().get(0).startsWith("POST /v1/envs/..%2Fa%20b%0D%0AX%3A%201/close/ "));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:5000",
        "ftp://host",
        "http://",
        "http:/host",
        "http:host",
        "http://:5000",
        "http://h:x y",
        "http://h:99999",
        "http://me@h",
        "http://host?q=1"
      })
  void aUrlThatIsNoAddressIsRefused(String url) {
    Exception error = assertThrows(IllegalArgumentException.class, () -> GymClient.of(url));
    assertTrue(error.getMessage().contains("http://127.0.0.1:5000"), error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "http://gym_server:5000, http://gym_server:5000",
    "HTTP://Host:5000/v1/, http://Host:5000",
    "https://host, https://host:443",
    "http://host/gym/v1, http://host:80/gym",
    "http://[::1]:5000, http://[::1]:5000",
    "http://bücher.example, http://xn--bcher-kva.example:80"
  })
  void everySpellingOfAnAddressIsUnderstood(String url, String meant) {
    try (GymClient client = GymClient.of(url)) {
      assertEquals(meant, client.url());
    }
  }

  @Test
  void aSchemeInCapitalsReachesTheServer() throws IOException {
    try (Stub stub = new Stub(Stub.json(Stub.STEP));
        GymClient client = GymClient.of("HTTP://LOCALHOST:" + stub.port())) {
      Way.SYNC.step(client);
      Way.ASYNC.step(client);
    }
  }

  @Test
  void settingsThatCannotBeAreRefused() {
    GymClientBuilder builder = GymClient.builder("http://h");
    assertThrows(IllegalArgumentException.class, () -> builder.timeout(Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> builder.retries(-1));
    assertThrows(IllegalArgumentException.class, () -> builder.token("a\r\nb").build());
  }
}
