package io.github.gymhttpapi;

import io.github.gymhttpapi.space.Space;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a single env and a vector env have in common: an instance that lives on the server. */
abstract class RemoteInstance implements AutoCloseable {
  final GymClient client;
  final String instanceId;
  private final boolean ownsClient;
  private final boolean ownsInstance;
  private final Space actionSpace;
  private final Space observationSpace;
  private boolean closed;

  RemoteInstance(Opened opened) {
    this.client = opened.client;
    this.instanceId = opened.instanceId;
    this.ownsClient = opened.ownsClient;
    this.ownsInstance = opened.ownsInstance;
    this.actionSpace = opened.actionSpace("info");
    this.observationSpace = opened.observationSpace("info");
  }

  /** An instance found or made, of which it is not yet known whether it is a vector env. */
  static final class Opened {
    final GymClient client;
    final String instanceId;
    final boolean ownsClient;
    final boolean ownsInstance;
    private final Map<String, @Nullable Object> action;
    private final Map<String, @Nullable Object> observation;

    private Opened(GymClient client, String instanceId, boolean ownsClient, boolean ownsInstance) {
      this.client = client;
      this.instanceId = instanceId;
      this.ownsClient = ownsClient;
      this.ownsInstance = ownsInstance;
      this.action = client.envActionSpaceInfo(instanceId);
      this.observation = client.envObservationSpaceInfo(instanceId);
    }

    static Opened make(
        GymClient client, String envId, EnvOptions options, boolean ownsClient, boolean vector) {
      String id = client.envCreate(envId, options);
      try {
        return new Opened(client, id, ownsClient, true).check(vector);
      } catch (RuntimeException error) {
        client.envClose(id);
        throw error;
      }
    }

    static Opened attach(GymClient client, String instanceId, boolean vector) {
      return new Opened(client, instanceId, false, false).check(vector);
    }

    private Opened check(boolean vector) {
      boolean isVector = action.containsKey("single");
      if (isVector && !vector) {
        throw new IllegalArgumentException(
            "Instance " + instanceId + " is a vector env: use RemoteVectorEnv");
      }
      if (vector && !isVector) {
        throw new IllegalArgumentException(
            "Instance " + instanceId + " is a single env: use RemoteEnv");
      }
      return this;
    }

    Space actionSpace(String which) {
      return space(action, which);
    }

    Space observationSpace(String which) {
      return space(observation, which);
    }

    private static Space space(Map<String, @Nullable Object> reply, String which) {
      return Space.of(new Document(reply).map(which));
    }
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
   * Draws a random action on the server, whose sampler the seed of {@link EnvOptions} seeds.
   *
   * @return a value of the action space
   */
  public Object sampleAction() {
    Object action = actionSpace.read(client.envActionSpaceSample(instanceId));
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
    return client.envInfo(instanceId);
  }

  /**
   * The current frame as a picture.
   *
   * @return a PNG file
   * @throws ApiException with code {@code no_frame} when the render mode gives none
   */
  public byte[] render() {
    return client.envRender(instanceId);
  }

  /**
   * The current frame as pixels.
   *
   * @return a uint8 array of shape [height, width, 3], with a leading axis for a vector env
   * @throws ApiException with code {@code no_frame} when the render mode gives none
   */
  public NDArray frame() {
    return client.envRenderFrame(instanceId);
  }

  /**
   * Starts recording episodes.
   *
   * @param directory on the server, below what it allows
   * @param options earlier data, and videos
   */
  public void monitorStart(String directory, MonitorOptions options) {
    client.envMonitorStart(instanceId, directory, options);
  }

  /** Ends the recording and writes what is left of it. */
  public void monitorClose() {
    client.envMonitorClose(instanceId);
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
        client.envClose(instanceId);
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
