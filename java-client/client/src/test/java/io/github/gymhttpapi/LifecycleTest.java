package io.github.gymhttpapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.gymhttpapi.testing.LiveServer;
import io.github.gymhttpapi.testing.Stub;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** That nothing is left behind: no instance on the server, no thread, no call that waits. */
@Isolated // it counts threads and collects objects
class LifecycleTest {
  private static final EnvOptions USUAL = new EnvOptions();

  private static void await(BooleanSupplier condition, String what) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, what);
      Thread.sleep(5);
    }
  }

  private static boolean asked(Stub stub, String start) {
    return stub.requests().stream().anyMatch(request -> request.startsWith(start));
  }

  /** A thread that is interrupted as soon as the stub has that many requests. */
  private static Throwable interruptedAt(Stub stub, int requests, Runnable work) throws Exception {
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    CompletableFuture<Boolean> kept = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Throwable error) {
                thrown.complete(error);
              }
              kept.complete(Thread.currentThread().isInterrupted());
            });
    thread.start();
    await(() -> stub.requests().size() >= requests, "the request");
    Thread.sleep(50); // let it wait, or pause
    thread.interrupt();
    Throwable error = thrown.get(5, TimeUnit.SECONDS);
    assertTrue(kept.get(), "the thread stays interrupted");
    return error;
  }

  @Test
  void anInterruptEndsAWaitAtOnce() throws Exception {
    try (Stub stub = new Stub(Stub.silence());
        GymClient client = GymClient.of(stub.url())) {
      Throwable error = interruptedAt(stub, 1, client::health);
      assertInstanceOf(TransportException.class, error);
      assertTrue(error.getMessage().endsWith("the thread was interrupted"), error.getMessage());
    }
  }

  @Test
  void anInterruptEndsAPauseBetweenAttemptsToo() throws Exception {
    Stub.Answer busy =
        Stub.raw("HTTP/1.1 503 Busy\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n");
    try (Stub stub = new Stub(busy);
        GymClient client = GymClient.of(stub.url())) {
      Throwable error = interruptedAt(stub, 1, client::health);
      assertInstanceOf(TransportException.class, error);
      assertTrue(error.getMessage().endsWith("the thread was interrupted"), error.getMessage());
    }
  }

  @Test
  void anInterruptedThreadClosesItsInstance() {
    try (GymClient client = GymClient.of(LiveServer.url())) {
      RemoteEnv env = RemoteEnv.make(client, "CartPole-v1", USUAL);
      Thread.currentThread().interrupt();
      env.close();
      assertTrue(Thread.interrupted(), "stays interrupted");
      assertFalse(client.envListAll().containsKey(env.instanceId()));
    }
  }

  @Test
  void anInterruptInTheMiddleOfMakingClosesWhatWasMade() throws Exception {
    Stub.Answer environment = Stub.environment();
    Stub.Answer slowSpace =
        (request, connection) -> {
          if (!request.contains("/observation_space/")) {
            environment.to(request, connection);
          }
        };
    try (Stub stub = new Stub(slowSpace);
        GymClient client = GymClient.of(stub.url())) {
      Throwable error = interruptedAt(stub, 4, () -> RemoteEnv.make(client, "CartPole-v1", USUAL));
      assertTrue(error.getMessage().endsWith("the thread was interrupted"), error.getMessage());
      assertTrue(asked(stub, "POST /v1/envs/abc/close/"), "closed before the exception came");
    }
  }

  @Test
  void aCreationWhoseReplyNobodySawIsAskedForByItsKeyAndClosed() throws Exception {
    try (Stub stub = new Stub(Stub.silence(), Stub.environment());
        GymClient client = GymClient.of(stub.url())) {
      interruptedAt(stub, 1, () -> RemoteEnv.make(client, "CartPole-v1", USUAL));
      await(() -> asked(stub, "POST /v1/envs/abc/close/"), "the close");
      assertEquals(3, stub.requests().size());
      assertEquals(stub.headers("Idempotency-Key").get(0), stub.headers("Idempotency-Key").get(1));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"info\":{\"name\":\"Box\",\"shape\":[1],\"low\":[0,0],\"high\":[1]}}",
        "{\"info\":{\"name\":\"Discrete\"}}",
        "{\"info\":{\"name\":\"Box\",\"shape\":[1],\"dtype\":\"strange\",\"low\":[0],\"high\":[1]}}",
        "{\"info\":7}"
      })
  void aSpaceThatCannotBeReadLeavesNothingBehind(String space) throws IOException {
    Stub.Answer environment = Stub.environment();
    Stub.Answer odd =
        (request, connection) -> {
          boolean asked = request.contains("/observation_space/");
          (asked ? Stub.json(space) : environment).to(request, connection);
        };
    try (Stub stub = new Stub(odd);
        GymClient client = GymClient.of(stub.url())) {
      DecodeException error =
          assertThrows(DecodeException.class, () -> RemoteEnv.make(client, "CartPole-v1", USUAL));
      assertTrue(error.getMessage().startsWith("env_observation_space_info: "), error.toString());
      assertTrue(asked(stub, "POST /v1/envs/abc/close/"));
    }
  }

  @Test
  void cleaningUpDoesNotHideWhatWentWrong() throws IOException {
    Stub.Answer environment = Stub.environment();
    Stub.Answer odd =
        (request, connection) -> {
          if (request.contains("/observation_space/")) {
            Stub.json("{}").to(request, connection);
          } else if (request.contains("/close/")) {
            Stub.reply(500, "application/json", "{\"message\":\"no\"}").to(request, connection);
          } else {
            environment.to(request, connection);
          }
        };
    try (Stub stub = new Stub(odd);
        GymClient client = GymClient.of(stub.url())) {
      DecodeException error =
          assertThrows(DecodeException.class, () -> RemoteEnv.make(client, "CartPole-v1", USUAL));
      assertInstanceOf(ApiException.class, error.getSuppressed()[0]);
    }
  }

  @Test
  void aServerThatIsGoneIsNotWaitedForWhenClosing() throws IOException {
    Stub stub = new Stub(Stub.environment());
    RemoteEnv env = RemoteEnv.make(stub.url(), "CartPole-v1");
    stub.close();
    long start = System.nanoTime();
    assertThrows(TransportException.class, env::close);
    assertTrue(System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(2500));
    env.close(); // once is enough
  }

  @Test
  void cancellingAFutureEndsItsCall() throws Exception {
    CountDownLatch hungUp = new CountDownLatch(1);
    Stub.Answer untilHungUp =
        (request, connection) -> {
          if (connection.getInputStream().read() < 0) {
            hungUp.countDown();
          }
        };
    try (Stub stub = new Stub(untilHungUp, Stub.json(Stub.STEP));
        GymClient client = GymClient.of(stub.url())) {
      CompletableFuture<?> step = client.async().envStep("abc", 1);
      await(() -> stub.requests().size() == 1, "the request");
      assertTrue(step.cancel(true));
      assertThrows(CancellationException.class, step::join);
      assertTrue(hungUp.await(5, TimeUnit.SECONDS), "the connection ends");
      client.async().envStep("abc", 1).join();
    }
    try (Stub stub = new Stub(Stub.silence());
        GymClient client = GymClient.of(stub.url())) {
      CompletableFuture<?> step =
          client.async().envStep("abc", 1).orTimeout(100, TimeUnit.MILLISECONDS);
      assertThrows(CompletionException.class, step::join);
      await(() -> busyThreads() == 0, "the thread ends its call");
    }
  }

  private static long busyThreads() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(thread -> thread.getKey().getName().equals("gym-http-client"))
        .filter(thread -> java.util.Arrays.toString(thread.getValue()).contains("Transport"))
        .count();
  }

  @Test
  void closingAClientEndsWhatStillWaitsAndItsThreads() throws Exception {
    try (Stub stub = new Stub(Stub.silence())) {
      GymClient client = GymClient.of(stub.url());
      CompletableFuture<?> later = client.async().envStep("abc", 1);
      CompletableFuture<Object> now = CompletableFuture.supplyAsync(client::health);
      await(() -> stub.requests().size() == 2, "the requests");
      client.close();
      for (CompletableFuture<?> call : new CompletableFuture<?>[] {later, now}) {
        Throwable error =
            assertThrows(ExecutionException.class, () -> call.get(5, TimeUnit.SECONDS)).getCause();
        assertInstanceOf(TransportException.class, error);
        assertTrue(error.getMessage().startsWith("The client is closed"), error.getMessage());
      }
      await(
          () ->
              Thread.getAllStackTraces().keySet().stream()
                  .noneMatch(thread -> thread.getName().equals("gym-http-client")),
          "the threads end");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aClosedClientSaysSo(Way way) {
    GymClient client = GymClient.of(LiveServer.url());
    client.close();
    GymException error = assertThrows(TransportException.class, () -> way.step(client));
    assertTrue(error.getMessage().startsWith("The client is closed"), error.getMessage());
  }

  private static String makeAndForget(GymClient client) {
    return RemoteEnv.make(client, "CartPole-v1", USUAL).instanceId();
  }

  @Test
  void anEnvironmentThatIsCollectedClosesItsInstance() throws InterruptedException {
    try (GymClient client = GymClient.of(LiveServer.url());
        RemoteEnv held = RemoteEnv.make(client, "CartPole-v1", USUAL)) {
      String forgotten = makeAndForget(client);
      await(
          () -> {
            System.gc();
            return !client.envListAll().containsKey(forgotten);
          },
          "the instance is closed");
      assertTrue(client.envListAll().containsKey(held.instanceId()));
    }
  }

  /** What a user's program does that forgets to close. */
  public static final class Forgetful {
    private Forgetful() {}

    public static void main(String[] args) {
      RemoteEnv env = RemoteEnv.make(args[0], "CartPole-v1");
      env.reset();
      env.stepAsync(1).join();
      System.out.println(env.instanceId());
      if (args.length > 1) {
        System.exit(0);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "exit"})
  void aProgramThatEndsClosesItsInstances(String exit) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
            "-cp",
            System.getProperty("java.class.path"),
            Forgetful.class.getName(),
            LiveServer.url());
    if (!exit.isEmpty()) {
      builder.command().add(exit);
    }
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String id = new String(process.getInputStream().readAllBytes()).trim();
    assertEquals(0, process.waitFor());
    try (GymClient client = GymClient.of(LiveServer.url())) {
      assertEquals(8, id.length(), id);
      assertFalse(client.envListAll().containsKey(id));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCallThatFailedForGoodIsMadeAgainUnderItsKey(Way way) throws IOException {
    Stub.Answer lost = Stub.thenClose("");
    try (Stub stub = new Stub(lost, lost, Stub.json(Stub.STEP));
        GymClient client = GymClient.builder(stub.url()).retries(0).build()) {
      GymException error = assertThrows(TransportException.class, () -> way.step(client));
      GymException again = assertThrows(TransportException.class, error::retry);
      Map<String, ?> step = again.retry();
      assertEquals(1.0, step.get("reward"));
      assertEquals(3, stub.requests().size());
      assertEquals(1, stub.headers("Idempotency-Key").stream().distinct().count());
      assertEquals(error.idempotencyKey(), stub.headers("Idempotency-Key").get(0));
    }
  }

  @Test
  void aRepeatedStepOfAnEnvironmentGivesWhatTheStepWouldHaveGiven() throws IOException {
    Stub.Answer environment = Stub.environment();
    CountDownLatch first = new CountDownLatch(1);
    Stub.Answer losesTheFirstStep =
        (request, connection) -> {
          if (request.contains("/step/") && first.getCount() > 0) {
            first.countDown();
            connection.close();
          } else {
            environment.to(request, connection);
          }
        };
    try (Stub stub = new Stub(losesTheFirstStep);
        GymClient client = GymClient.builder(stub.url()).retries(0).build();
        RemoteEnv env = RemoteEnv.make(client, "CartPole-v1", USUAL)) {
      env.reset();
      TransportException error = assertThrows(TransportException.class, () -> env.step(1));
      StepResult step = error.retry();
      assertEquals(1.0, step.reward());
      assertEquals(DType.FLOAT32, step.array().dtype());
    }
  }

  @Test
  void anEnvironmentThatCouldNotBeMadeIsMadeAnew() throws IOException {
    Stub.Answer refused = Stub.reply(429, "application/json", "{\"message\":\"full\"}");
    try (Stub stub = new Stub(refused, Stub.environment())) {
      ApiException error =
          assertThrows(ApiException.class, () -> RemoteEnv.make(stub.url(), "CartPole-v1"));
      RemoteEnv env = error.retry();
      assertEquals("abc", env.instanceId());
      env.close();
    }
    assertThrows(IllegalStateException.class, () -> new TransportException("mine", null).retry());
  }

  @Test
  void aTimeoutMayBeAsLongAsOneLikes() {
    Duration ever = Duration.ofSeconds(Long.MAX_VALUE);
    try (GymClient client = GymClient.builder(LiveServer.url()).timeout(ever).build()) {
      client.envClose(client.envCreate("CartPole-v1"));
      client.async().health().join();
    }
  }
}
