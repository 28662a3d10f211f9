package io.github.gymhttpapi;

import io.github.gymhttpapi.internal.NestedLists;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One environment on the server.
 *
 * <pre>{@code
 * try (RemoteEnv env = RemoteEnv.make("http://127.0.0.1:5000", "CartPole-v1")) {
 *   env.reset();
 *   StepResult step = env.step(1);
 *   double[] observation = step.doubles();
 * }
 * }</pre>
 *
 * <p>Every method that asks the server throws a {@link GymException} when that fails.
 */
public final class RemoteEnv extends RemoteInstance {
  private RemoteEnv(Opened opened) {
    super(opened);
  }

  /**
   * Makes an environment with a client of its own, which {@link #close} closes too.
   *
   * @param url the server's address, such as {@code http://127.0.0.1:5000}
   * @param envId the environment's id, such as {@code CartPole-v1}
   * @return the environment
   */
  public static RemoteEnv make(String url, String envId) {
    GymClient client = GymClient.of(url);
    try {
      return new RemoteEnv(Opened.make(client, envId, new EnvOptions(), true, false));
    } catch (RuntimeException error) {
      client.close();
      throw error;
    }
  }

  /**
   * Makes an environment.
   *
   * @param client the server
   * @param envId the environment's id, such as {@code CartPole-v1}
   * @param options how it is made
   * @return the environment
   * @throws IllegalArgumentException when the options make a vector env
   */
  public static RemoteEnv make(GymClient client, String envId, EnvOptions options) {
    return new RemoteEnv(Opened.make(client, envId, options, false, false));
  }

  /**
   * Takes over a live environment, which {@link #close} will leave alive.
   *
   * @param client the server
   * @param instanceId the instance's id
   * @return the environment
   * @throws IllegalArgumentException when it is a vector env
   */
  public static RemoteEnv attach(GymClient client, String instanceId) {
    return new RemoteEnv(Opened.attach(client, instanceId, false));
  }

  /**
   * Begins an episode.
   *
   * @return the first observation
   */
  public ResetResult reset() {
    return reset(new ResetOptions());
  }

  /**
   * Begins an episode with the environment's random numbers seeded.
   *
   * @param seed at least 0
   * @return the first observation
   */
  public ResetResult reset(long seed) {
    return reset(new ResetOptions().seed(seed));
  }

  /**
   * Begins an episode.
   *
   * @param options the seed, and what the environment takes
   * @return the first observation
   */
  public ResetResult reset(ResetOptions options) {
    return resetResult(client.envReset(instanceId, options));
  }

  /**
   * Takes a step.
   *
   * @param action a number, a primitive array, an {@link NDArray}, a collection or a map
   * @return what it led to
   */
  public StepResult step(Object action) {
    return stepResult(client.envStep(instanceId, action));
  }

  /**
   * Begins an episode without waiting.
   *
   * @param options the seed, and what the environment takes
   * @return done, with the first observation
   */
  public CompletableFuture<ResetResult> resetAsync(ResetOptions options) {
    return client.async().envReset(instanceId, options).thenApply(this::resetResult);
  }

  /**
   * Takes a step without waiting; wait for it before the next one of this environment.
   *
   * @param action a number, a primitive array, an {@link NDArray}, a collection or a map
   * @return done, with what the step led to
   */
  public CompletableFuture<StepResult> stepAsync(Object action) {
    return client.async().envStep(instanceId, action).thenApply(this::stepResult);
  }

  private ResetResult resetResult(Map<String, @Nullable Object> reply) {
    return new ResetResult(
        observationSpace().read(reply.get("observation")), new Document(reply).map("info"));
  }

  private StepResult stepResult(Map<String, @Nullable Object> reply) {
    Document document = new Document(reply);
    return new StepResult(
        observationSpace().read(reply.get("observation")),
        reward(reply.get("reward")),
        document.flag("terminated"),
        document.flag("truncated"),
        document.map("info"));
  }

  private double reward(@Nullable Object wire) {
    if (client.encoding() == Encoding.MSGPACK && wire instanceof Number) {
      return ((Number) wire).doubleValue();
    }
    return NestedLists.number(wire);
  }
}
