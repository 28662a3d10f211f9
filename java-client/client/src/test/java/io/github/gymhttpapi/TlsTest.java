package io.github.gymhttpapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.gymhttpapi.testing.Stub;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Execution(ExecutionMode.CONCURRENT)
class TlsTest {
  private static final char[] PASSWORD = "of-no-value".toCharArray();

  @TempDir private static Path directory;
  private static SSLContext context;

  /** A key of the test's own, and a context that trusts nothing else. */
  @BeforeAll
  static void makeKey() throws IOException, InterruptedException, GeneralSecurityException {
    Path file = directory.resolve("keys.p12");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    List<String> command =
        List.of(
            keytool,
            "-genkeypair",
            "-alias",
            "stub",
            "-keyalg",
            "EC",
            "-dname",
            "CN=localhost",
            "-ext",
            "SAN=dns:localhost",
            "-storetype",
            "PKCS12",
            "-keystore",
            file.toString(),
            "-storepass",
            new String(PASSWORD));
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD);
    }
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(keys, PASSWORD);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(keys);
    context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
  }

  private static Stub stub() throws IOException {
    return stub(Stub.json("{\"status\": \"ok\"}"));
  }

  private static Stub stub(Stub.Answer answer) throws IOException {
    return new Stub(
        context
            .getServerSocketFactory()
            .createServerSocket(0, 50, InetAddress.getLoopbackAddress()),
        answer);
  }

  @Test
  void callsGoOverTlsBothWays() throws IOException {
    try (Stub stub = stub();
        GymClient client =
            GymClient.builder("https://localhost:" + stub.port()).sslContext(context).build()) {
      assertEquals("ok", client.health().get("status"));
      assertEquals("ok", client.health().get("status"));
      assertEquals(1, stub.connections());
      assertEquals("ok", client.async().health().join().get("status"));
    }
  }

  @Test
  void aServerThatDoesNotReadIsATimeout() throws IOException {
    Stub.Answer okAndThenDeaf =
        (request, connection) -> {
          Stub.json("{\"status\": \"ok\"}").to(request, connection);
          Thread.sleep(30_000);
        };
    try (Stub stub = stub(okAndThenDeaf);
        GymClient client =
            GymClient.builder("https://localhost:" + stub.port())
                .sslContext(context)
                .timeout(Duration.ofSeconds(2))
                .build()) {
      client.health();
      assertTimeoutPreemptively(
          Duration.ofSeconds(8),
          () ->
              assertThrows(
                  RequestTimeoutException.class,
                  () -> client.envStep("abc", new double[1_000_000])));
      assertEquals(1, stub.connections());
    }
  }

  @Test
  void aCertificateNobodyVouchesForIsRefusedAtOnce() throws IOException {
    try (Stub stub = stub();
        GymClient client = GymClient.of("https://localhost:" + stub.port())) {
      assertThrows(TransportException.class, client::health);
      assertEquals(0, stub.requests().size());
      assertEquals(1, stub.connections());
    }
  }

  @Test
  void aCertificateForAnotherHostIsRefused() throws IOException {
    try (Stub stub = stub();
        GymClient client =
            GymClient.builder("https://127.0.0.1:" + stub.port()).sslContext(context).build()) {
      assertThrows(TransportException.class, client::health);
      assertEquals(0, stub.requests().size());
    }
  }
}
