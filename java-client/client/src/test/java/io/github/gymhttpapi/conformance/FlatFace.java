package io.github.gymhttpapi.conformance;

import io.github.gymhttpapi.GymClient;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The flat face: hands each operation's arguments to the client, and gives back the shape of the
 * reply's body.
 */
final class FlatFace implements Face {
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

  private final GymClient client;

  FlatFace(GymClient client) {
    this.client = client;
  }

  @Override
  public @Nullable Object call(String op, Map<?, ?> args) {
    if (!OPERATIONS.contains(op)) {
      throw new UnsupportedOperationException(op);
    }
    switch (op) {
      case "env_create":
        return Map.of(
            "instance_id",
            client.envCreate(Arguments.text(args, "env_id"), Arguments.envOptions(args)));
      case "env_list_all":
        Map<String, String> envs = client.envListAll();
        return Map.of("envs", envs, "all_envs", envs);
      case "registry_list":
        return Map.of("envs", client.registryList());
      case "upload":
        return client.upload(
            Arguments.text(args, "training_dir"),
            Arguments.text(args, "api_key"),
            (String) args.get("algorithm_id"));
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
        return onInstance(op, Arguments.text(args, "instance_id"), args);
    }
  }

  private @Nullable Object onInstance(String op, String id, Map<?, ?> args) {
    switch (op) {
      case "env_info":
        return client.envInfo(id);
      case "env_reset":
        return client.envReset(id, Arguments.resetOptions(args));
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
                ? client.envObservationSpaceMatches(id, Arguments.named(args.get("facts")))
                : client.envObservationSpaceContains(id, args.get("value"));
        return Map.of("member", member);
      case "env_monitor_start":
        client.envMonitorStart(
            id, Arguments.text(args, "directory"), Arguments.monitorOptions(args));
        return Map.of();
      case "env_monitor_close":
        client.envMonitorClose(id);
        return Map.of();
      case "env_close":
        client.envClose(id);
        return Map.of();
      default:
        throw new IllegalStateException(op + " is named above and lacks here");
    }
  }

  private static Map<String, @Nullable Object> single(String key, @Nullable Object value) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    map.put(key, value);
    return map;
  }
}
