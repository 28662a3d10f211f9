package io.github.gymhttpapi;

import io.github.gymhttpapi.space.Space;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An instance made or found, from which an environment is built. */
final class Opened {
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
    this.action = send(Operation.envActionSpaceInfo(instanceId));
    this.observation = send(Operation.envObservationSpaceInfo(instanceId));
  }

  /** Makes an instance and builds the environment; when that fails, nothing is left behind. */
  static <E> E make(
      GymClient client,
      boolean ownsClient,
      String envId,
      EnvOptions options,
      Function<Opened, E> build) {
    String id = null;
    try {
      id = client.session.send(Operation.envCreate(envId, options).typed(Function.identity()));
      return build.apply(new Opened(client, id, ownsClient, true));
    } catch (RuntimeException | Error error) {
      if (id != null) {
        closeAfter(error, client, id);
      }
      if (ownsClient) {
        client.close();
      }
      throw error;
    }
  }

  private static void closeAfter(Throwable error, GymClient client, String id) {
    try {
      client.envClose(id);
    } catch (RuntimeException second) {
      error.addSuppressed(second);
    }
  }

  static <E> E attach(GymClient client, String instanceId, Function<Opened, E> build) {
    return build.apply(new Opened(client, instanceId, false, false));
  }

  private <T extends @Nullable Object> T send(Operation<T> operation) {
    return client.session.send(operation.typed(Function.identity()));
  }

  /** This, if it is of the wanted kind. */
  Opened check(boolean vector) {
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
    return space("env_action_space_info", action, which);
  }

  Space observationSpace(String which) {
    return space("env_observation_space_info", observation, which);
  }

  private static Space space(String operation, Map<String, @Nullable Object> reply, String which) {
    try {
      return Space.of(new Document(reply).map(which));
    } catch (DecodeException error) {
      throw new DecodeException(operation + ": " + error.getMessage(), error.getCause());
    }
  }
}
