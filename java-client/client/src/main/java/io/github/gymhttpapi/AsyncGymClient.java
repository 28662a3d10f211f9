package io.github.gymhttpapi;

import io.github.gymhttpapi.internal.AsyncTransport;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The operations of {@link GymClient} without waiting: many calls in flight, no thread for each.
 *
 * <p>A future fails with the {@link GymException} that the same method of {@link GymClient} would
 * throw. The server carries out the calls to one instance one after the other, in the order in
 * which they arrive: wait for a step before asking for the next.
 */
public final class AsyncGymClient {
  private final Settings settings;
  private final AsyncTransport transport;

  AsyncGymClient(Settings settings) {
    this.settings = settings;
    this.transport = new AsyncTransport(settings.endpoint);
  }

  <T extends @Nullable Object> CompletableFuture<T> send(Call<T> call) {
    return transport.exchange(settings.request(call)).thenApply(call::read);
  }

  /**
   * Makes an environment as the server's defaults have it.
   *
   * @param envId the environment's id, such as {@code CartPole-v1}
   * @return done, with the id of the new instance
   */
  public CompletableFuture<String> envCreate(String envId) {
    return send(Operations.envCreate(envId, new EnvOptions()));
  }

  /**
   * Makes an environment.
   *
   * @param envId the environment's id, such as {@code CartPole-v1}
   * @param options how it is made
   * @return done, with the id of the new instance
   */
  public CompletableFuture<String> envCreate(String envId, EnvOptions options) {
    return send(Operations.envCreate(envId, options));
  }

  /**
   * Lists the live instances.
   *
   * @return done, with environment ids by instance id
   */
  public CompletableFuture<Map<String, String>> envListAll() {
    return send(Operations.envListAll());
  }

  /**
   * Describes an instance.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return done, with {@code env_id}, {@code num_envs}, {@code steps}, {@code episodes}, {@code
   *     spec} and more
   */
  public CompletableFuture<Map<String, @Nullable Object>> envInfo(String instanceId) {
    return send(Operations.envInfo(instanceId));
  }

  /**
   * Begins an episode.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return done, with {@code observation} and {@code info}
   */
  public CompletableFuture<Map<String, @Nullable Object>> envReset(String instanceId) {
    return send(Operations.envReset(instanceId, new ResetOptions()));
  }

  /**
   * Begins an episode.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param options the seed, and what the environment takes
   * @return done, with {@code observation} and {@code info}
   */
  public CompletableFuture<Map<String, @Nullable Object>> envReset(
      String instanceId, ResetOptions options) {
    return send(Operations.envReset(instanceId, options));
  }

  /**
   * Takes a step.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param action a number, a primitive array, an {@link NDArray}, a collection or a map
   * @return done, with {@code observation}, {@code reward}, {@code done}, {@code terminated},
   *     {@code truncated} and {@code info}
   */
  public CompletableFuture<Map<String, @Nullable Object>> envStep(
      String instanceId, @Nullable Object action) {
    return send(Operations.envStep(instanceId, action, null));
  }

  /**
   * Takes a step, with the original API's {@code render}, which servers accept and no longer need.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param action a number, a primitive array, an {@link NDArray}, a collection or a map
   * @param render whatever it is, {@link #envRender} gives the frame
   * @return done, with {@code observation}, {@code reward}, {@code done}, {@code terminated},
   *     {@code truncated} and {@code info}
   */
  public CompletableFuture<Map<String, @Nullable Object>> envStep(
      String instanceId, @Nullable Object action, boolean render) {
    return send(Operations.envStep(instanceId, action, render));
  }

  /**
   * The current frame as a picture; of a vector env, the envs' frames tiled.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return done, with a PNG file
   */
  public CompletableFuture<byte[]> envRender(String instanceId) {
    return send(Operations.envRender(instanceId));
  }

  /**
   * The current frame as pixels.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return done, with a uint8 array of shape [height, width, 3], with a leading axis for a vector
   *     env
   */
  public CompletableFuture<NDArray> envRenderFrame(String instanceId) {
    return send(Operations.envRenderFrame(instanceId));
  }

  /**
   * Describes the action space.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return done, with {@code info}, and of a vector env {@code single}; {@link
   *     io.github.gymhttpapi.space.Space#of} reads either
   */
  public CompletableFuture<Map<String, @Nullable Object>> envActionSpaceInfo(String instanceId) {
    return send(Operations.envActionSpaceInfo(instanceId));
  }

  /**
   * Draws a random action on the server.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return done, with a value that {@link #envStep(String, Object)} takes
   */
  public CompletableFuture<@Nullable Object> envActionSpaceSample(String instanceId) {
    return send(Operations.envActionSpaceSample(instanceId));
  }

  /**
   * Asks whether a value is a member of the action space.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param value any value
   * @return done, with true when it is
   */
  public CompletableFuture<Boolean> envActionSpaceContains(
      String instanceId, @Nullable Object value) {
    return send(Operations.envActionSpaceContains(instanceId, value));
  }

  /**
   * Describes the observation space.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return done, with {@code info}, and of a vector env {@code single}; {@link
   *     io.github.gymhttpapi.space.Space#of} reads either
   */
  public CompletableFuture<Map<String, @Nullable Object>> envObservationSpaceInfo(
      String instanceId) {
    return send(Operations.envObservationSpaceInfo(instanceId));
  }

  /**
   * Asks whether a value is a member of the observation space.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param value any value
   * @return done, with true when it is
   */
  public CompletableFuture<Boolean> envObservationSpaceContains(
      String instanceId, @Nullable Object value) {
    return send(Operations.envObservationSpaceContains(instanceId, value));
  }

  /**
   * Asks whether the observation space's description has the given facts: the original form of
   * {@code env_observation_space_contains}.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param facts such as {@code Map.of("name", "Box")}
   * @return done, with true when each of them is so
   */
  public CompletableFuture<Boolean> envObservationSpaceMatches(
      String instanceId, Map<String, @Nullable Object> facts) {
    return send(Operations.envObservationSpaceMatches(instanceId, facts));
  }

  /**
   * Starts recording episodes.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param directory on the server, below what it allows
   * @param options earlier data, and videos
   * @return done when the server has answered
   */
  public CompletableFuture<@Nullable Void> envMonitorStart(
      String instanceId, String directory, MonitorOptions options) {
    return send(Operations.envMonitorStart(instanceId, directory, options));
  }

  /**
   * Ends the recording and writes what is left of it; without one, does nothing.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return done when the server has answered
   */
  public CompletableFuture<@Nullable Void> envMonitorClose(String instanceId) {
    return send(Operations.envMonitorClose(instanceId));
  }

  /**
   * Closes an instance, which is gone then.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return done when the server has answered
   */
  public CompletableFuture<@Nullable Void> envClose(String instanceId) {
    return send(Operations.envClose(instanceId));
  }

  /**
   * Lists the environments that can be made.
   *
   * @return done, with their facts, {@code id} first, sorted by id
   */
  public CompletableFuture<List<Map<String, @Nullable Object>>> registryList() {
    return send(Operations.registryList());
  }

  /**
   * Puts a finished recording on the server's scoreboard.
   *
   * @param trainingDir the monitor's directory on the server
   * @param apiKey names the submitter; not empty
   * @param algorithmId names the algorithm, or null
   * @return done, with the evaluation
   */
  public CompletableFuture<Map<String, @Nullable Object>> upload(
      String trainingDir, String apiKey, @Nullable String algorithmId) {
    return send(Operations.upload(trainingDir, apiKey, algorithmId));
  }

  /**
   * Lists evaluations.
   *
   * @param envId only of this environment, or null for all
   * @param algorithmId only of this algorithm, or null for all
   * @return done, with evaluations, best first
   */
  public CompletableFuture<List<Map<String, @Nullable Object>>> scoreboardList(
      @Nullable String envId, @Nullable String algorithmId) {
    return send(Operations.scoreboardList(envId, algorithmId));
  }

  /**
   * Asks how the server is.
   *
   * @return done, with {@code status}, {@code versions}, {@code instances} and more
   */
  public CompletableFuture<Map<String, @Nullable Object>> health() {
    return send(Operations.health());
  }

  /**
   * Fetches the contract that the server speaks.
   *
   * @return done, with an OpenAPI document in YAML
   */
  public CompletableFuture<String> openapi() {
    return send(Operations.openapi()).thenApply(yaml -> new String(yaml, StandardCharsets.UTF_8));
  }

  /**
   * Stops the server: it closes its environments and writes its monitors first.
   *
   * @return done when the server has answered
   */
  public CompletableFuture<@Nullable Void> shutdown() {
    return send(Operations.shutdown());
  }
}
