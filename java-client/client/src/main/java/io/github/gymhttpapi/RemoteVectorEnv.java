package io.github.gymhttpapi;

import io.github.gymhttpapi.internal.NestedLists;
import io.github.gymhttpapi.space.Space;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Several copies of one environment on the server that step together, one request for all of them.
 *
 * <p>Observations have a leading axis, one row for each env: {@link NDArray#row} takes one out.
 * Every method that asks the server throws a {@link GymException} when that fails.
 */
public final class RemoteVectorEnv extends RemoteInstance {
  private final Space singleActionSpace;
  private final Space singleObservationSpace;
  private final int numEnvs;

  private RemoteVectorEnv(Opened opened) {
    super(opened);
    singleActionSpace = opened.actionSpace("single");
    singleObservationSpace = opened.observationSpace("single");
    Object count = info().get("num_envs");
    if (!(count instanceof Long)) {
      throw new DecodeException(
          "env_info: expected 'num_envs' to be an integer, got " + count, null);
    }
    numEnvs = Math.toIntExact((Long) count);
  }

  /**
   * Makes a vector env.
   *
   * @param client the server
   * @param envId the environment's id, such as {@code CartPole-v1}
   * @param options how it is made; without {@link EnvOptions#numEnvs}, of one env
   * @return the vector env
   */
  public static RemoteVectorEnv make(GymClient client, String envId, EnvOptions options) {
    return new RemoteVectorEnv(Opened.make(client, envId, options.vectorized(), false, true));
  }

  /**
   * Takes over a live vector env, which {@link #close} will leave alive.
   *
   * @param client the server
   * @param instanceId the instance's id
   * @return the vector env
   * @throws IllegalArgumentException when it is a single env
   */
  public static RemoteVectorEnv attach(GymClient client, String instanceId) {
    return new RemoteVectorEnv(Opened.attach(client, instanceId, true));
  }

  /**
   * The number of envs.
   *
   * @return at least 1
   */
  public int numEnvs() {
    return numEnvs;
  }

  /**
   * The actions of one env.
   *
   * @return the space
   */
  public Space singleActionSpace() {
    return singleActionSpace;
  }

  /**
   * The observations of one env.
   *
   * @return the space
   */
  public Space singleObservationSpace() {
    return singleObservationSpace;
  }

  /**
   * Begins an episode in every env.
   *
   * @return the first observations
   */
  public ResetResult reset() {
    return reset(new ResetOptions());
  }

  /**
   * Begins an episode in every env, with their random numbers seeded.
   *
   * @param seed at least 0; env i gets {@code seed + i}
   * @return the first observations
   */
  public ResetResult reset(long seed) {
    return reset(new ResetOptions().seed(seed));
  }

  /**
   * Begins an episode in every env.
   *
   * @param options the seeds, and what the environment takes
   * @return the first observations
   */
  public ResetResult reset(ResetOptions options) {
    return resetResult(client.envReset(instanceId, options));
  }

  /**
   * Takes a step in every env.
   *
   * @param actions one for each env: a primitive array, an {@link NDArray} with a leading axis, or
   *     a collection
   * @return what they led to
   */
  public VectorStepResult step(Object actions) {
    return stepResult(client.envStep(instanceId, actions));
  }

  /**
   * Begins an episode in every env without waiting.
   *
   * @param options the seeds, and what the environment takes
   * @return done, with the first observations
   */
  public CompletableFuture<ResetResult> resetAsync(ResetOptions options) {
    return client.async().envReset(instanceId, options).thenApply(this::resetResult);
  }

  /**
   * Takes a step in every env without waiting; wait for it before the next one.
   *
   * @param actions one for each env: a primitive array, an {@link NDArray} with a leading axis, or
   *     a collection
   * @return done, with what the steps led to
   */
  public CompletableFuture<VectorStepResult> stepAsync(Object actions) {
    return client.async().envStep(instanceId, actions).thenApply(this::stepResult);
  }

  private ResetResult resetResult(Map<String, @Nullable Object> reply) {
    return new ResetResult(
        observationSpace().read(reply.get("observation")), new Document(reply).map("info"));
  }

  private VectorStepResult stepResult(Map<String, @Nullable Object> reply) {
    return new VectorStepResult(
        observationSpace().read(reply.get("observation")),
        batch(reply, "reward", DType.FLOAT64).doubles(),
        batch(reply, "terminated", DType.BOOL).booleans(),
        batch(reply, "truncated", DType.BOOL).booleans(),
        new Document(reply).map("info"));
  }

  private NDArray batch(Map<String, @Nullable Object> reply, String key, DType dtype) {
    NDArray batch = NestedLists.array(reply.get(key), dtype, 0);
    if (batch.size() != numEnvs) {
      throw new DecodeException(
          "expected '" + key + "' to hold " + numEnvs + " values, got " + batch, null);
    }
    return batch;
  }
}
