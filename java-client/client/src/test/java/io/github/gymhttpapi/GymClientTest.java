package io.github.gymhttpapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.gymhttpapi.testing.LiveServer;
import java.lang.reflect.Method;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GymClientTest {
  private static GymClient client(Encoding encoding) {
    return GymClient.builder(LiveServer.url()).encoding(encoding).build();
  }

  /** The client must not drift away from the contract that the server ships. */
  @ParameterizedTest
  @ValueSource(classes = {GymClient.class, AsyncGymClient.class})
  void everyOperationOfTheContractIsAMethod(Class<?> type) {
    Set<String> expected = new TreeSet<>();
    try (GymClient client = client(Encoding.JSON)) {
      Matcher operation = Pattern.compile("operationId: *(\\w+)").matcher(client.openapi());
      while (operation.find()) {
        String camel =
            Pattern.compile("_(.)")
                .matcher(operation.group(1))
                .replaceAll(m -> m.group(1).toUpperCase());
        expected.add(camel);
      }
    }
    expected.remove(
        "envActionSpaceContainsX"); // the question of envActionSpaceContains, asked in a path
    assertTrue(expected.size() >= 20, expected.toString());
    Set<String> methods =
        Arrays.stream(type.getMethods()).map(Method::getName).collect(Collectors.toSet());
    expected.removeAll(methods);
    assertEquals(Set.of(), expected);
  }

  @ParameterizedTest
  @EnumSource
  void theFlatOperationsGiveWhatIsOnTheWire(Encoding encoding) {
    try (GymClient client = client(encoding)) {
      String id = client.envCreate("conformance/Count-v0");
      assertEquals("conformance/Count-v0", client.envListAll().get(id));
      assertEquals("conformance/Count-v0", client.envInfo(id).get("env_id"));
      Object first = client.envReset(id, new ResetOptions().seed(4)).get("observation");
      Object zero = encoding == Encoding.JSON ? List.of(0L, -1L) : NDArray.of(new long[] {0, -1});
      assertEquals(zero, first);
      Map<String, ?> step = client.envStep(id, 2, true);
      assertEquals(
          List.of("observation", "reward", "done", "terminated", "truncated", "info"),
          List.copyOf(step.keySet()));
      assertEquals(0.1, step.get("reward"));
      assertEquals("Discrete", ((Map<?, ?>) client.envActionSpaceInfo(id).get("info")).get("name"));
      assertEquals("Box", ((Map<?, ?>) client.envObservationSpaceInfo(id).get("info")).get("name"));
      assertInstanceOf(Long.class, client.envActionSpaceSample(id));
      assertTrue(client.envActionSpaceContains(id, 2));
      assertFalse(client.envActionSpaceContains(id, 3));
      assertTrue(client.envObservationSpaceContains(id, List.of(1, 1)));
      assertFalse(client.envObservationSpaceContains(id, 5000));
      assertTrue(client.envObservationSpaceMatches(id, Map.of("name", "Box", "shape", List.of(2))));
      assertFalse(client.envObservationSpaceMatches(id, Map.of("name", "Discrete")));
      assertEquals(1L, client.envGetAttr(id, "steps"));
      Object masks = client.envGetAttr(id, "action_masks", true);
      Object allowed =
          encoding == Encoding.JSON
              ? List.of(true, false, true)
              : NDArray.of(DType.BOOL, new byte[] {1, 0, 1}, 3);
      assertEquals(allowed, masks);
      assertEquals(masks, client.async().envGetAttr(id, "action_masks", true).join());
      assertEquals(
          "attribute_is_method",
          assertThrows(ApiException.class, () -> client.envGetAttr(id, "action_masks")).code());
      client.envMonitorClose(id);
      client.envClose(id);
      assertEquals("ok", client.health().get("status"));
      assertTrue(
          client.registryList().stream().anyMatch(env -> "CartPole-v1".equals(env.get("id"))));
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusalsCarryTheServersWords(Encoding encoding) {
    try (GymClient client = client(encoding)) {
      ApiException unknown = assertThrows(ApiException.class, () -> client.envReset("ffffffff"));
      assertEquals(400, unknown.status());
      assertEquals("unknown_instance", unknown.code());
      assertEquals("Instance_id ffffffff unknown", unknown.getMessage());
      String id = client.envCreate("CartPole-v1");
      assertEquals(
          "reset_needed", assertThrows(ApiException.class, () -> client.envStep(id, 0)).code());
      client.envReset(id);
      assertEquals(
          "invalid_action", assertThrows(ApiException.class, () -> client.envStep(id, 7)).code());
      assertThrows(IllegalArgumentException.class, () -> client.envStep(id, new Object()));
      client.envClose(id);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anEnvironmentsOwnExceptionIsTold(Encoding encoding) {
    try (GymClient client = client(encoding)) {
      String id = client.envCreate("conformance/Raise-v0");
      client.envReset(id);
      ApiException error = assertThrows(ApiException.class, () -> client.envStep(id, 1));
      assertEquals(500, error.status());
      assertTrue(
          error.getMessage().contains("RuntimeError: the reactor is on fire"), error.getMessage());
      client.envStep(id, 0);
      client.envClose(id);
    }
  }

  @ParameterizedTest
  @EnumSource
  void infinitiesComeBackAsInfinities(Encoding encoding) {
    try (GymClient client = client(encoding)) {
      String id = client.envCreate("conformance/Numbers-v0");
      client.envReset(id);
      Map<String, ?> step = client.envStep(id, 1);
      assertEquals(Double.POSITIVE_INFINITY, step.get("reward"));
      Object observation = step.get("observation");
      double inf = Double.POSITIVE_INFINITY;
      if (encoding == Encoding.JSON) {
        assertEquals(Arrays.asList(null, inf, -inf, 0.0, 1.0, -1.0, 1e99, -1e99), observation);
      } else {
        double[] numbers = {Double.NaN, inf, -inf, 0, 1, -1, 1e99, -1e99};
        assertEquals(NDArray.of(numbers), observation);
      }
      client.envClose(id);
      String cartPole = client.envCreate("CartPole-v1");
      Map<?, ?> box = (Map<?, ?>) client.envObservationSpaceInfo(cartPole).get("info");
      assertTrue(box.get("high").toString().contains("Infinity"), box.toString());
      client.envClose(cartPole);
    }
  }

  @Test
  void integersBeyond64BitsSurviveInJson() {
    try (GymClient client = client(Encoding.JSON)) {
      String id =
          client.envCreate("conformance/Numbers-v0", new EnvOptions().kwargs(Map.of("huge", true)));
      Map<?, ?> info = (Map<?, ?>) client.envReset(id).get("info");
      assertEquals(BigInteger.TWO.pow(80), info.get("huge"));
      client.envClose(id);
    }
  }

  @Test
  void oneClientServesManyThreads() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try (GymClient client = client(Encoding.MSGPACK)) {
      List<Future<Long>> counts = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        Callable<Long> work =
            () -> {
              EnvOptions options = new EnvOptions().kwargs(Map.of("length", 1000));
              try (RemoteEnv env = RemoteEnv.make(client, "conformance/Count-v0", options)) {
                env.reset();
                for (int step = 0; step < 50; step++) {
                  assertEquals(step + 1, env.step(step % 3).array().longAt(0));
                }
                return (Long) env.info().get("steps");
              }
            };
        counts.add(threads.submit(work));
      }
      for (Future<Long> count : counts) {
        assertEquals(50, count.get());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void manyCallsCanBeInFlightAtOnce() {
    try (GymClient client = client(Encoding.MSGPACK)) {
      List<RemoteEnv> envs = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        envs.add(RemoteEnv.make(client, "conformance/Count-v0", new EnvOptions()));
      }
      List<CompletableFuture<StepResult>> running =
          envs.stream()
              .map(env -> env.resetAsync(new ResetOptions()).thenCompose(reset -> env.stepAsync(2)))
              .collect(Collectors.toList());
      running.forEach(step -> assertEquals(NDArray.of(new long[] {1, 2}), step.join().array()));
      envs.forEach(RemoteEnv::close);
    }
  }

  @Test
  void aFutureFailsWithTheSameException() {
    try (GymClient client = client(Encoding.JSON)) {
      Exception error =
          assertThrows(ExecutionException.class, () -> client.async().envReset("ffffffff").get());
      assertEquals(
          "unknown_instance", assertInstanceOf(ApiException.class, error.getCause()).code());
    }
  }

  @Test
  void aTokenOpensTheDoorAndShutdownClosesIt() throws InterruptedException {
    LiveServer server = LiveServer.start("--token", "open sesame".replace(' ', '-'));
    try (GymClient stranger = GymClient.builder(server.address()).token(null).build();
        GymClient friend =
            GymClient.builder(server.address()).token("open-sesame").retries(0).build()) {
      assertEquals(401, assertThrows(ApiException.class, stranger::shutdown).status());
      String id = friend.envCreate("CartPole-v1");
      assertEquals("CartPole-v1", friend.async().envInfo(id).join().get("env_id"));
      friend.shutdown();
      assertTrue(server.awaitEnd());
      assertThrows(TransportException.class, friend::health);
    } finally {
      server.stop();
    }
  }
}
