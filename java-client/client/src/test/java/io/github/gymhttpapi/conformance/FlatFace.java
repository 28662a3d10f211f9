package io.github.gymhttpapi.conformance;

import io.github.gymhttpapi.GymClient;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The flat face: a method for each operation. */
final class FlatFace implements Face {
  static final List<String> OPERATIONS =
      List.of(
          "env_create",
          "env_list_all",
          "env_info",
          "env_reset",
          "env_step",
          "env_render",
          "env_get_attr",
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
        return client.envCreate(Arguments.text(args, "env_id"), Arguments.envOptions(args));
      case "env_list_all":
        return client.envListAll();
      case "registry_list":
        return client.registryList();
      case "upload":
        return client.upload(
            Arguments.text(args, "training_dir"),
            Arguments.text(args, "api_key"),
            (String) args.get("algorithm_id"));
      case "scoreboard_list":
        return client.scoreboardList(
            (String) args.get("env_id"), (String) args.get("algorithm_id"));
      case "health":
        return client.health();
      case "openapi":
        return client.openapi();
      case "shutdown":
        client.shutdown();
        return null;
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
        return client.envRender(id);
      case "env_get_attr":
        return args.containsKey("call")
            ? client.envGetAttr(id, Arguments.text(args, "name"), (Boolean) args.get("call"))
            : client.envGetAttr(id, Arguments.text(args, "name"));
      case "env_action_space_info":
        return client.envActionSpaceInfo(id);
      case "env_action_space_sample":
        return client.envActionSpaceSample(id);
      case "env_action_space_contains":
        return client.envActionSpaceContains(id, args.get("value"));
      case "env_observation_space_info":
        return client.envObservationSpaceInfo(id);
      case "env_observation_space_contains":
        return args.containsKey("facts")
            ? client.envObservationSpaceMatches(id, Arguments.named(args.get("facts")))
            : client.envObservationSpaceContains(id, args.get("value"));
      case "env_monitor_start":
        client.envMonitorStart(
            id, Arguments.text(args, "directory"), Arguments.monitorOptions(args));
        return null;
      case "env_monitor_close":
        client.envMonitorClose(id);
        return null;
      case "env_close":
        client.envClose(id);
        return null;
      default:
        throw new IllegalStateException(op + " is named above and lacks here");
    }
  }

  @Override
  public Map<String, @Nullable Object> body(String op, @Nullable Object result) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    if (op.equals("env_create")) {
      body.put("instance_id", result);
    } else if (op.equals("env_list_all")) {
      body.put("envs", result);
      body.put("all_envs", result);
    } else if (op.equals("registry_list")) {
      body.put("envs", result);
    } else if (op.equals("scoreboard_list")) {
      body.put("evaluations", result);
    } else if (op.equals("openapi")) {
      body.put("content_type", "application/yaml");
      body.put("text", result);
    } else if (op.equals("env_get_attr")) {
      body.put("value", result);
    } else if (op.equals("env_action_space_sample")) {
      body.put("action", result);
    } else if (result instanceof byte[]) {
      body.put("content_type", "image/png");
      body.put("bytes", ((byte[]) result).length);
      body.put("base64", Base64.getEncoder().encodeToString((byte[]) result));
    } else if (result instanceof Boolean) {
      body.put("member", result);
    } else if (result != null) {
      ((Map<?, ?>) result).forEach((key, value) -> body.put((String) key, value));
    }
    return body;
  }
}
