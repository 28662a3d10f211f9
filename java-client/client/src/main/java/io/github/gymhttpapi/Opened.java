package io.github.gymhttpapi;

import io.github.gymhttpapi.internal.Request;
import io.github.gymhttpapi.space.Space;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An instance made or found, from which an environment is built. */
final class Opened {
  private static final Duration CLEANING_UP = Duration.ofSeconds(5);
  private static final Set<Object> RETIRED = ConcurrentHashMap.newKeySet();

  final GymClient client;
  final String instanceId;
  final Spaces actions;
  final Spaces observations;
  private final Map<String, @Nullable Object> info;

  private Opened(GymClient client, String instanceId) {
    this.client = client;
    this.instanceId = instanceId;
    this.info = client.session.send(Operation.envInfo(instanceId).typed(reply -> reply));
    this.actions = client.session.send(Operation.envActionSpaceInfo(instanceId).typed(Spaces::new));
    this.observations =
        client.session.send(Operation.envObservationSpaceInfo(instanceId).typed(Spaces::new));
  }

  /** What a space reply describes. */
  static final class Spaces {
    final Space whole;

    /** Of a vector env, that of one env. */
    final @Nullable Space single;

    private Spaces(Map<String, @Nullable Object> reply) {
      Document document = new Document(reply);
      this.whole = Space.of(document.map("info"));
      this.single = reply.containsKey("single") ? Space.of(document.map("single")) : null;
    }
  }

  /** Makes an instance and builds the environment; when that fails, nothing is left behind. */
  static <E extends RemoteInstance> E make(
      Supplier<GymClient> server,
      boolean ownsClient,
      String envId,
      EnvOptions options,
      Function<Opened, E> build) {
    GymClient client = server.get();
    Session session = client.session;
    EnvOptions own = options.copy();
    Operation<String> creating = Operation.envCreate(envId, own).typed(id -> id);
    Request request = session.request(creating);
    String id = null;
    try {
      id = session.exchange(creating, request);
      Opened opened = new Opened(client, id);
      E env = build.apply(opened);
      opened.warnOfRetiredId();
      env.own(ownsClient);
      return env;
    } catch (RuntimeException | Error error) {
      if (id != null) {
        closeAfter(error, session, id);
      } else if (error instanceof TransportException || error instanceof RequestTimeoutException) {
        discard(session, creating, request);
      }
      if (ownsClient) {
        client.close();
      }
      if (error instanceof GymException) {
        ((GymException) error).ofCall(null, () -> make(server, ownsClient, envId, own, build));
      }
      throw error;
    }
  }

  private static void closeAfter(Throwable error, Session session, String id) {
    try {
      session.closeInstance(id, CLEANING_UP);
    } catch (RuntimeException second) {
      error.addSuppressed(second);
    }
  }

  /**
   * Closes what may have been made although no reply came. The key tells which that is; nobody
   * waits for it.
   */
  private static void discard(Session session, Operation<String> creating, Request request) {
    Thread thread =
        new Thread(
            () -> {
              try {
                session.once(
                    own -> {
                      own.closeInstance(own.exchange(creating, request), CLEANING_UP);
                      return null;
                    });
              } catch (GymException gone) {
                // There is nobody to tell, and the server reaps what idles.
              }
            },
            "gym-http-client");
    thread.setDaemon(true);
    thread.start();
  }

  static <E> E attach(GymClient client, String instanceId, Function<Opened, E> build) {
    return build.apply(new Opened(client, instanceId));
  }

  /** This, if it is of the wanted kind. */
  Opened check(boolean vector) {
    boolean isVector = actions.single != null && observations.single != null;
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

  private void warnOfRetiredId() {
    Object retired = info.get("requested_env_id");
    if (retired != null && RETIRED.add(retired)) {
      System.getLogger(Opened.class.getPackageName())
          .log(
              System.Logger.Level.WARNING,
              "{0} is retired: the server made {1} in its place, whose observations may be others",
              retired,
              info.get("env_id"));
    }
  }

  int numEnvs() {
    Object count = info.get("num_envs");
    if (count instanceof Long && (Long) count > 0 && (Long) count <= Integer.MAX_VALUE) {
      return (int) (long) (Long) count;
    }
    throw new DecodeException(
        "env_info: expected 'num_envs' to be a positive integer, got " + count, null);
  }
}
