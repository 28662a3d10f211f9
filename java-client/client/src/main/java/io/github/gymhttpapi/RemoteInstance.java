package io.github.gymhttpapi;

import io.github.gymhttpapi.space.Space;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a single env and a vector env have in common: an instance that lives on the server. */
abstract class RemoteInstance implements AutoCloseable {
  private final GymClient client;
  private final String instanceId;
  private final boolean ownsInstance;
  private final boolean ownsClient;
  private final Space actionSpace;
  private final Space observationSpace;
  private boolean closed;

  RemoteInstance(Opened opened) {
    this.client = opened.client;
    this.instanceId = opened.instanceId;
    this.ownsInstance = opened.ownsInstance;
    this.ownsClient = opened.ownsClient;
    this.actionSpace = opened.actionSpace("info");
    this.observationSpace = opened.observationSpace("info");
  }

  <T extends @Nullable Object> T send(Operation<T> operation) {
    return client.session.send(operation.typed(Function.identity()));
  }

  <T extends @Nullable Object> CompletableFuture<T> sendAsync(Operation<T> operation) {
    return client.session.sendAsync(operation.typed(Function.identity()));
  }

  /**
   * The server that the instance lives on.
   *
   * @return the client
   */
  public GymClient client() {
    return client;
  }

  /**
   * The instance's id, by which any client can attach to it.
   *
   * @return 8 hexadecimal digits
   */
  public String instanceId() {
    return instanceId;
  }

  /**
   * The actions that a step takes; of a vector env, batches of them.
   *
   * @return the space
   */
  public Space actionSpace() {
    return actionSpace;
  }

  /**
   * The observations that a step gives; of a vector env, batches of them.
   *
   * @return the space
   */
  public Space observationSpace() {
    return observationSpace;
  }

  /**
   * Begins an episode; of a vector env, one in each env.
   *
   * @return the first observation
   */
  public ResetResult reset() {
    return reset(new ResetOptions());
  }

  /**
   * Begins an episode with the environment's random numbers seeded.
   *
   * @param seed at least 0; of a vector env, env i gets {@code seed + i}
   * @return the first observation
   */
  public ResetResult reset(long seed) {
    return reset(new ResetOptions().seed(seed));
  }

  /**
   * Begins an episode; of a vector env, one in each env.
   *
   * @param options the seed, and what the environment takes
   * @return the first observation
   */
  public ResetResult reset(ResetOptions options) {
    return send(resetting(options));
  }

  /**
   * Begins an episode without waiting.
   *
   * @param options the seed, and what the environment takes
   * @return done, with the first observation
   */
  public CompletableFuture<ResetResult> resetAsync(ResetOptions options) {
    return sendAsync(resetting(options));
  }

  private Operation<ResetResult> resetting(ResetOptions options) {
    return Operation.envReset(instanceId, options)
        .typed(
            reply ->
                new ResetResult(
                    observationSpace.read(reply.get("observation")),
                    new Document(reply).map("info")));
  }

  /**
   * Draws a random action on the server, whose sampler the seed of {@link EnvOptions} seeds.
   *
   * @return a value of the action space
   */
  public Object sampleAction() {
    Object action = actionSpace.read(send(Operation.envActionSpaceSample(instanceId)));
    if (action == null) {
      throw new DecodeException("env_action_space_sample: expected an action, got null", null);
    }
    return action;
  }

  /**
   * Facts of the instance: {@code env_id}, {@code steps}, {@code episodes}, {@code spec} and more.
   *
   * @return what the server says now
   */
  public Map<String, @Nullable Object> info() {
    return send(Operation.envInfo(instanceId));
  }

  /**
   * The current frame as a picture.
   *
   * @return a PNG file
   * @throws ApiException with code {@code no_frame} when the render mode gives none
   */
  public byte[] render() {
    return send(Operation.envRender(instanceId));
  }

  /**
   * The current frame as pixels.
   *
   * @return a uint8 array of shape [height, width, 3], with a leading axis for a vector env
   * @throws ApiException with code {@code no_frame} when the render mode gives none
   */
  public NDArray frame() {
    return send(Operation.envRenderFrame(instanceId));
  }

  /**
   * Starts recording episodes.
   *
   * @param directory on the server, below what it allows
   * @param options earlier data, and videos
   */
  public void monitorStart(String directory, MonitorOptions options) {
    send(Operation.envMonitorStart(instanceId, directory, options));
  }

  /** Ends the recording and writes what is left of it. */
  public void monitorClose() {
    send(Operation.envMonitorClose(instanceId));
  }

  /**
   * Closes the instance on the server if this object made it; one that was attached to lives on.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (ownsInstance) {
        send(Operation.envClose(instanceId));
      }
    } catch (ApiException error) {
      // Somebody else closed it, or it idled too long: it is gone, as it should be.
      if (!"unknown_instance".equals(error.code()) && !"instance_gone".equals(error.code())) {
        throw error;
      }
    } finally {
      if (ownsClient) {
        client.close();
      }
    }
  }
}
