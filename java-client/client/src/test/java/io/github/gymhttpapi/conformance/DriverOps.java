package io.github.gymhttpapi.conformance;

import io.github.gymhttpapi.Encoding;
import io.github.gymhttpapi.EnvOptions;
import io.github.gymhttpapi.GymClient;
import io.github.gymhttpapi.GymClientBuilder;
import io.github.gymhttpapi.MonitorOptions;
import io.github.gymhttpapi.ResetOptions;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Hands each operation's arguments to the client, and gives back the shape of the reply's body. */
final class DriverOps implements AutoCloseable {
  static final List<String> OPERATIONS =
      List.of(
          "env_create",
          "env_list_all",
          "env_info",
          "env_reset",
          "env_step",
          "env_render",
          "env_action_space_info",
          "env_action_space_sample",
          "env_action_space_contains",
          "env_observation_space_info",
          "env_observation_space_contains",
          "env_monitor_start",
          "env_monitor_close",
          "env_close",
          "registry_list",
          "upload",
          "scoreboard_list",
          "health",
          "openapi",
          "shutdown");

  private @Nullable GymClient connected;

  void connect(Map<?, ?> args) {
    close();
    GymClientBuilder builder = GymClient.builder(text(args, "base"));
    builder.encoding("msgpack".equals(args.get("encoding")) ? Encoding.MSGPACK : Encoding.JSON);
    when(
        args,
        "timeout",
        value -> builder.timeout(Duration.ofNanos((long) (((Number) value).doubleValue() * 1e9))));
    when(args, "token", value -> builder.token((String) value));
    connected = builder.build();
  }

  @Nullable Object call(String op, Map<?, ?> args) {
    GymClient client = Objects.requireNonNull(connected, "connect comes first");
    switch (op) {
      case "env_create":
        return Map.of("instance_id", client.envCreate(text(args, "env_id"), envOptions(args)));
      case "env_list_all":
        Map<String, String> envs = client.envListAll();
        return Map.of("envs", envs, "all_envs", envs);
      case "registry_list":
        return Map.of("envs", client.registryList());
      case "upload":
        return client.upload(
            text(args, "training_dir"), text(args, "api_key"), (String) args.get("algorithm_id"));
      case "scoreboard_list":
        return Map.of(
            "evaluations",
            client.scoreboardList((String) args.get("env_id"), (String) args.get("algorithm_id")));
      case "health":
        return client.health();
      case "openapi":
        return Map.of("content_type", "application/yaml", "text", client.openapi());
      case "shutdown":
        client.shutdown();
        return Map.of();
      default:
        return onInstance(client, op, text(args, "instance_id"), args);
    }
  }

  private static @Nullable Object onInstance(
      GymClient client, String op, String id, Map<?, ?> args) {
    switch (op) {
      case "env_info":
        return client.envInfo(id);
      case "env_reset":
        return client.envReset(id, resetOptions(args));
      case "env_step":
        return args.containsKey("render")
            ? client.envStep(id, args.get("action"), (Boolean) args.get("render"))
            : client.envStep(id, args.get("action"));
      case "env_render":
        byte[] png = client.envRender(id);
        String base64 = Base64.getEncoder().encodeToString(png);
        return Map.of("content_type", "image/png", "bytes", png.length, "base64", base64);
      case "env_action_space_info":
        return client.envActionSpaceInfo(id);
      case "env_action_space_sample":
        return single("action", client.envActionSpaceSample(id));
      case "env_action_space_contains":
        return Map.of("member", client.envActionSpaceContains(id, args.get("value")));
      case "env_observation_space_info":
        return client.envObservationSpaceInfo(id);
      case "env_observation_space_contains":
        boolean member =
            args.containsKey("facts")
                ? client.envObservationSpaceMatches(id, named(args.get("facts")))
                : client.envObservationSpaceContains(id, args.get("value"));
        return Map.of("member", member);
      case "env_monitor_start":
        client.envMonitorStart(id, text(args, "directory"), monitorOptions(args));
        return Map.of();
      case "env_monitor_close":
        client.envMonitorClose(id);
        return Map.of();
      case "env_close":
        client.envClose(id);
        return Map.of();
      default:
        throw new IllegalArgumentException(op);
    }
  }

  private static EnvOptions envOptions(Map<?, ?> args) {
    EnvOptions options = new EnvOptions();
    when(args, "seed", value -> options.seed((Long) value));
    when(args, "kwargs", value -> options.kwargs(named(value)));
    when(args, "max_episode_steps", value -> options.maxEpisodeSteps(((Long) value).intValue()));
    when(args, "num_envs", value -> options.numEnvs(((Long) value).intValue()));
    when(args, "vectorization_mode", value -> options.vectorizationMode((String) value));
    when(args, "autoreset_mode", value -> options.autoresetMode((String) value));
    if (args.containsKey("render_mode")) {
      options.renderMode((String) args.get("render_mode"));
    }
    return options;
  }

  private static ResetOptions resetOptions(Map<?, ?> args) {
    ResetOptions options = new ResetOptions();
    when(
        args,
        "seed",
        value -> {
          if (value instanceof List) {
            options.seeds(((List<?>) value).stream().mapToLong(seed -> (Long) seed).toArray());
          } else {
            options.seed((Long) value);
          }
        });
    when(args, "options", value -> options.options(named(value)));
    return options;
  }

  private static MonitorOptions monitorOptions(Map<?, ?> args) {
    MonitorOptions options = new MonitorOptions();
    when(args, "force", value -> options.force((Boolean) value));
    when(args, "resume", value -> options.resume((Boolean) value));
    when(
        args,
        "video_callable",
        value -> {
          if (value instanceof Boolean) {
            options.video((Boolean) value);
          } else {
            options.videoEvery(((Long) value).intValue());
          }
        });
    return options;
  }

  private static void when(Map<?, ?> args, String name, Consumer<Object> set) {
    Object value = args.get(name);
    if (value != null) {
      set.accept(value);
    }
  }

  private static String text(Map<?, ?> args, String name) {
    return (String) Objects.requireNonNull(args.get(name), name);
  }

  private static Map<String, @Nullable Object> single(String key, @Nullable Object value) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put(key, value);
    return map;
  }

  private static Map<String, @Nullable Object> named(@Nullable Object map) {
    Map<String, @Nullable Object> named = new LinkedHashMap<>();
    ((Map<?, ?>) Objects.requireNonNull(map))
        .forEach((key, value) -> named.put((String) key, value));
    return named;
  }

  @Override
  public void close() {
    if (connected != null) {
      connected.close();
    }
  }
}
