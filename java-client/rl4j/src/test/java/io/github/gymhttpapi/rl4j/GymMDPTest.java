package io.github.gymhttpapi.rl4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.gymhttpapi.ApiException;
import io.github.gymhttpapi.EnvOptions;
import io.github.gymhttpapi.GymClient;
import io.github.gymhttpapi.testing.LiveServer;
import io.github.gymhttpapi.testing.Stub;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.deeplearning4j.gym.StepReply;
import org.deeplearning4j.rl4j.learning.async.nstep.discrete.AsyncNStepQLearningDiscreteDense;
import org.deeplearning4j.rl4j.learning.configuration.AsyncQLearningConfiguration;
import org.deeplearning4j.rl4j.network.configuration.DQNDenseNetworkConfiguration;
import org.deeplearning4j.rl4j.space.Box;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.learning.config.Adam;

class GymMDPTest {
  private GymClient client;
  private Set<String> before;

  @BeforeEach
  void connect() {
    client = GymClient.of(LiveServer.url());
    before = client.envListAll().keySet();
  }

  @AfterEach
  void nothingIsLeftOnTheServer() {
    assertEquals(before, client.envListAll().keySet());
    client.close();
  }

  private static EnvOptions spaces(String space) {
    return new EnvOptions().kwargs(Map.of("space", space)).seed(1);
  }

  @Test
  void anEpisodeOfCartPoleGoesThroughRl4jsInterface() {
    GymMDP mdp = GymMDP.make(LiveServer.url(), "CartPole-v1");
    assertEquals(2, mdp.getActionSpace().getSize());
    assertArrayEquals(new int[] {4}, mdp.getObservationSpace().getShape());
    assertEquals(Double.POSITIVE_INFINITY, mdp.getObservationSpace().getHigh().getDouble(1));
    assertEquals(-4.8, mdp.getObservationSpace().getLow().getDouble(0), 1e-6);
    assertEquals(4, mdp.reset().toArray().length);
    double sum = 0;
    while (!mdp.isDone()) {
      StepReply<Box> reply = mdp.step(1);
      assertEquals(4, reply.getObservation().toArray().length);
      assertEquals(mdp.isDone(), reply.isDone());
      sum += reply.getReward();
    }
    assertTrue(sum > 5 && sum < 15, "return " + sum);
    mdp.reset();
    assertFalse(mdp.isDone());
    mdp.close();
  }

  @Test
  void aTruncatedEpisodeIsDone() {
    EnvOptions options = new EnvOptions().kwargs(Map.of("truncate", true, "length", 1));
    GymMDP mdp = GymMDP.make(client, "conformance/Count-v0", options);
    mdp.reset();
    assertTrue(mdp.step(0).isDone());
    mdp.close();
  }

  @Test
  void discreteObservationsAreOneHot() {
    GymMDP mdp =
        GymMDP.make(client, "FrozenLake-v1", new EnvOptions().kwargs(Map.of("is_slippery", false)));
    assertArrayEquals(new int[] {16}, mdp.getObservationSpace().getShape());
    double[] start = new double[16];
    start[0] = 1;
    assertArrayEquals(start, mdp.reset().toArray());
    double[] below = new double[16];
    below[4] = 1;
    assertArrayEquals(below, mdp.step(1).getObservation().toArray());
    mdp.close();
  }

  @Test
  void anActionSpaceThatStartsElsewhereIsShifted() {
    GymMDP mdp = GymMDP.make(client, "conformance/Spaces-v0", spaces("discrete"));
    mdp.reset();
    assertArrayEquals(new double[] {0, 0, 0, 0, 1}, mdp.step(4).getObservation().toArray());
    mdp.close();
  }

  @Test
  void observationsOfSeveralPartsAreLaidOneAfterTheOther() {
    GymMDP mdp = GymMDP.make(client, "Blackjack-v1", new EnvOptions().seed(3));
    assertArrayEquals(new int[] {32 + 11 + 2}, mdp.getObservationSpace().getShape());
    double[] observation = mdp.reset().toArray();
    double ones = 0;
    for (double number : observation) {
      ones += number;
    }
    assertEquals(3, ones);
    mdp.close();
  }

  @Test
  void whatRl4jCannotTakeIsRefusedByName() {
    Exception actions =
        assertThrows(
            IllegalArgumentException.class,
            () -> GymMDP.make(client, "Pendulum-v1", new EnvOptions()));
    assertTrue(
        actions.getMessage().endsWith("this one is Box([1], float32)"), actions.getMessage());
  }

  @Test
  void aNewInstanceIsAnotherOneWithASeedOfItsOwn() {
    GymMDP mdp = GymMDP.make(client, "CartPole-v1", new EnvOptions().seed(5));
    GymMDP second = mdp.newInstance();
    GymMDP third = second.newInstance();
    GymMDP again = GymMDP.make(client, "CartPole-v1", new EnvOptions().seed(6));
    assertNotEquals(mdp.env().instanceId(), second.env().instanceId());
    double[] secondFirst = second.reset().toArray();
    assertArrayEquals(again.reset().toArray(), secondFirst);
    assertNotEquals(secondFirst[0], third.reset().toArray()[0]);
    assertNotEquals(secondFirst[0], mdp.reset().toArray()[0]);
    for (GymMDP each : new GymMDP[] {mdp, second, third, again}) {
      each.close();
    }
  }

  @Test
  void whatCannotBeClosedDoesNotKeepTheOthersOpen() throws IOException {
    Set<String> closed = ConcurrentHashMap.newKeySet();
    AtomicInteger made = new AtomicInteger();
    Stub.Answer usual = Stub.environment();
    Stub.Answer refusesToClose =
        (request, connection) -> {
          if (request.startsWith("POST /v1/envs/ ")) {
            String id = "abc" + made.incrementAndGet();
            Stub.json("{\"instance_id\":\"" + id + "\"}").to(request, connection);
          } else if (request.contains("/close/")) {
            closed.add(request.substring(0, request.indexOf(" HTTP")));
            Stub.reply(500, "application/json", "{\"message\":\"no\"}").to(request, connection);
          } else {
            usual.to(request, connection);
          }
        };
    try (Stub stub = new Stub(refusesToClose)) {
      GymMDP mdp = GymMDP.make(stub.url(), "CartPole-v1");
      mdp.newInstance();
      mdp.newInstance();
      ApiException error = assertThrows(ApiException.class, mdp::close);
      assertEquals(2, error.getSuppressed().length);
      assertEquals(3, closed.size(), closed.toString());
    }
  }

  @Test
  void anAsynchronousLearnerTrainsOnSeveralInstances() {
    AsyncQLearningConfiguration configuration =
        AsyncQLearningConfiguration.builder()
            .seed(1L)
            .maxEpochStep(50)
            .maxStep(120)
            .numThreads(2)
            .nStep(5)
            .targetDqnUpdateFreq(50)
            .updateStart(0)
            .rewardFactor(1.0)
            .gamma(0.99)
            .errorClamp(1.0)
            .minEpsilon(0.1f)
            .epsilonNbStep(100)
            .build();
    DQNDenseNetworkConfiguration network =
        DQNDenseNetworkConfiguration.builder()
            .numLayers(1)
            .numHiddenNodes(8)
            .l2(0)
            .updater(new Adam(1e-3))
            .build();
    GymMDP mdp = GymMDP.make(client, "CartPole-v1", new EnvOptions().seed(1));
    new AsyncNStepQLearningDiscreteDense<>(mdp, network, configuration).train();
    mdp.close();
  }
}
