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
    super(opened.check(true));
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
    return Opened.make(client, false, envId, options.vectorized(), RemoteVectorEnv::new);
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
    return Opened.attach(client, instanceId, RemoteVectorEnv::new);
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
   * Takes a step in every env.
   *
   * @param actions one for each env: a primitive array, an {@link NDArray} with a leading axis, or
   *     a collection
   * @return what they led to
   */
  public VectorStepResult step(Object actions) {
    return send(stepping(actions));
  }

  /**
   * Takes a step in every env without waiting; wait for it before the next one.
   *
   * @param actions one for each env: a primitive array, an {@link NDArray} with a leading axis, or
   *     a collection
   * @return done, with what the steps led to
   */
  public CompletableFuture<VectorStepResult> stepAsync(Object actions) {
    return sendAsync(stepping(actions));
  }

  private Operation<VectorStepResult> stepping(Object actions) {
    return Operation.envStep(instanceId(), actions, null).typed(this::stepResult);
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
