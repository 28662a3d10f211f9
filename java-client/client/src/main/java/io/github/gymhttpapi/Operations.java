package io.github.gymhttpapi;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The flat face of {@link GymClient}: every operation of the API by its operationId. */
abstract class Operations {
  Operations() {}

  abstract <T extends @Nullable Object> T send(Operation<T> operation);

  /**
   * Makes an environment as the server's defaults have it.
   *
   * @param envId the environment's id, such as {@code CartPole-v1}
   * @return the id of the new instance
   */
  public String envCreate(String envId) {
    return send(Operation.envCreate(envId, new EnvOptions()));
  }

  /**
   * Makes an environment.
   *
   * @param envId the environment's id, such as {@code CartPole-v1}
   * @param options how it is made
   * @return the id of the new instance
   */
  public String envCreate(String envId, EnvOptions options) {
    return send(Operation.envCreate(envId, options));
  }

  /**
   * Lists the live instances.
   *
   * @return environment ids by instance id
   */
  public Map<String, String> envListAll() {
    return send(Operation.envListAll());
  }

  /**
   * Describes an instance.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return {@code env_id}, {@code num_envs}, {@code steps}, {@code episodes}, {@code spec} and
   *     more
   */
  public Map<String, @Nullable Object> envInfo(String instanceId) {
    return send(Operation.envInfo(instanceId));
  }

  /**
   * Begins an episode.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return {@code observation} and {@code info}
   */
  public Map<String, @Nullable Object> envReset(String instanceId) {
    return send(Operation.envReset(instanceId, new ResetOptions()));
  }

  /**
   * Begins an episode.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param options the seed, and what the environment takes
   * @return {@code observation} and {@code info}
   */
  public Map<String, @Nullable Object> envReset(String instanceId, ResetOptions options) {
    return send(Operation.envReset(instanceId, options));
  }

  /**
   * Takes a step.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param action a number, a primitive array, an {@link NDArray}, a collection or a map
   * @return {@code observation}, {@code reward}, {@code done}, {@code terminated}, {@code
   *     truncated} and {@code info}
   */
  public Map<String, @Nullable Object> envStep(String instanceId, @Nullable Object action) {
    return send(Operation.envStep(instanceId, action, null));
  }

  /**
   * Takes a step, with the original API's {@code render}, which servers accept and no longer need.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param action a number, a primitive array, an {@link NDArray}, a collection or a map
   * @param render whatever it is, {@link #envRender} gives the frame
   * @return {@code observation}, {@code reward}, {@code done}, {@code terminated}, {@code
   *     truncated} and {@code info}
   */
  public Map<String, @Nullable Object> envStep(
      String instanceId, @Nullable Object action, boolean render) {
    return send(Operation.envStep(instanceId, action, render));
  }

  /**
   * The current frame as a picture; of a vector env, the envs' frames tiled.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return a PNG file
   */
  public byte[] envRender(String instanceId) {
    return send(Operation.envRender(instanceId));
  }

  /**
   * The current frame as pixels.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return a uint8 array of shape [height, width, 3], with a leading axis for a vector env
   */
  public NDArray envRenderFrame(String instanceId) {
    return send(Operation.envRenderFrame(instanceId));
  }

  /**
   * Reads an attribute of the environment.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param name a public name such as {@code gravity}, or several with dots: {@code ale.lives}
   * @return the value; of a vector env of single ones a list with one for each
   */
  public @Nullable Object envGetAttr(String instanceId, String name) {
    return send(Operation.envGetAttr(instanceId, name, false));
  }

  /**
   * Reads an attribute of the environment, or calls a method that the server's operator allows.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param name a public name such as {@code gravity}, or several with dots: {@code ale.lives}
   * @param call whether to call it, without arguments, where it is a method
   * @return the value; of a vector env of single ones a list with one for each
   */
  public @Nullable Object envGetAttr(String instanceId, String name, boolean call) {
    return send(Operation.envGetAttr(instanceId, name, call));
  }

  /**
   * Describes the action space.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return {@code info}, and of a vector env {@code single}; {@link
   *     io.github.gymhttpapi.space.Space#of} reads either
   */
  public Map<String, @Nullable Object> envActionSpaceInfo(String instanceId) {
    return send(Operation.envActionSpaceInfo(instanceId));
  }

  /**
   * Draws a random action on the server.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return a value that {@link #envStep(String, Object)} takes
   */
  public @Nullable Object envActionSpaceSample(String instanceId) {
    return send(Operation.envActionSpaceSample(instanceId));
  }

  /**
   * Asks whether a value is a member of the action space.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param value any value
   * @return true when it is
   */
  public boolean envActionSpaceContains(String instanceId, @Nullable Object value) {
    return send(Operation.envActionSpaceContains(instanceId, value));
  }

  /**
   * Describes the observation space.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @return {@code info}, and of a vector env {@code single}; {@link
   *     io.github.gymhttpapi.space.Space#of} reads either
   */
  public Map<String, @Nullable Object> envObservationSpaceInfo(String instanceId) {
    return send(Operation.envObservationSpaceInfo(instanceId));
  }

  /**
   * Asks whether a value is a member of the observation space.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param value any value
   * @return true when it is
   */
  public boolean envObservationSpaceContains(String instanceId, @Nullable Object value) {
    return send(Operation.envObservationSpaceContains(instanceId, value));
  }

  /**
   * Asks whether the observation space's description has the given facts: the original form of
   * {@code env_observation_space_contains}.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param facts such as {@code Map.of("name", "Box")}
   * @return true when each of them is so
   */
  public boolean envObservationSpaceMatches(
      String instanceId, Map<String, @Nullable Object> facts) {
    return send(Operation.envObservationSpaceMatches(instanceId, facts));
  }

  /**
   * Starts recording episodes.
   *
   * @param instanceId the id that {@link #envCreate} gave
   * @param directory on the server, below what it allows
   * @param options earlier data, and videos
   */
  public void envMonitorStart(String instanceId, String directory, MonitorOptions options) {
    send(Operation.envMonitorStart(instanceId, directory, options));
  }

  /**
   * Ends the recording and writes what is left of it; without one, does nothing.
   *
   * @param instanceId the id that {@link #envCreate} gave
   */
  public void envMonitorClose(String instanceId) {
    send(Operation.envMonitorClose(instanceId));
  }

  /**
   * Closes an instance, which is gone then.
   *
   * @param instanceId the id that {@link #envCreate} gave
   */
  public void envClose(String instanceId) {
    send(Operation.envClose(instanceId));
  }

  /**
   * Lists the environments that can be made.
   *
   * @return their facts, {@code id} first, sorted by id
   */
  public List<Map<String, @Nullable Object>> registryList() {
    return send(Operation.registryList());
  }

  /**
   * Puts a finished recording on the server's scoreboard.
   *
   * @param trainingDir the monitor's directory on the server
   * @param apiKey names the submitter; not empty
   * @param algorithmId names the algorithm, or null
   * @return the evaluation
   */
  public Map<String, @Nullable Object> upload(
      String trainingDir, String apiKey, @Nullable String algorithmId) {
    return send(Operation.upload(trainingDir, apiKey, algorithmId));
  }

  /**
   * Lists evaluations.
   *
   * @param envId only of this environment, or null for all
   * @param algorithmId only of this algorithm, or null for all
   * @return evaluations, best first
   */
  public List<Map<String, @Nullable Object>> scoreboardList(
      @Nullable String envId, @Nullable String algorithmId) {
    return send(Operation.scoreboardList(envId, algorithmId));
  }

  /**
   * Asks how the server is.
   *
   * @return {@code status}, {@code versions}, {@code instances} and more
   */
  public Map<String, @Nullable Object> health() {
    return send(Operation.health());
  }

  /**
   * Fetches the contract that the server speaks.
   *
   * @return an OpenAPI document in YAML
   */
  public String openapi() {
    return send(Operation.openapi());
  }

  /** Stops the server: it closes its environments and writes its monitors first. */
  public void shutdown() {
    send(Operation.shutdown());
  }
}
