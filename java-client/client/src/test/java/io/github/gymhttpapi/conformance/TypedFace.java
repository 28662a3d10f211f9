package io.github.gymhttpapi.conformance;

import io.github.gymhttpapi.GymClient;
import io.github.gymhttpapi.GymException;
import io.github.gymhttpapi.RemoteEnv;
import io.github.gymhttpapi.ResetResult;
import io.github.gymhttpapi.StepResult;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The typed face: each instance is a {@link RemoteEnv}. */
final class TypedFace implements Face {
  private final GymClient client;
  private final Map<String, RemoteEnv> envs = new HashMap<>();

  TypedFace(GymClient client) {
    this.client = client;
  }

  @Override
  public Object call(String op, Map<?, ?> args) {
    switch (op) {
      case "env_create":
        RemoteEnv made =
            RemoteEnv.make(client, Arguments.text(args, "env_id"), Arguments.envOptions(args));
        envs.put(made.instanceId(), made);
        return Map.of("instance_id", made.instanceId());
      case "env_reset":
        return value(env(args).reset(Arguments.resetOptions(args)));
      case "env_step":
        return value(env(args).step(Objects.requireNonNull(args.get("action"))));
      case "env_close":
        env(args).close();
        return Map.of();
      default:
        throw new UnsupportedOperationException(op);
    }
  }

  @Override
  public void close() {
    for (RemoteEnv env : envs.values()) {
      try {
        env.close();
      } catch (GymException gone) {
        // The suite may have stopped its server already.
      }
    }
  }

  private RemoteEnv env(Map<?, ?> args) {
    return Objects.requireNonNull(envs.get(Arguments.text(args, "instance_id")));
  }

  private static Map<String, @Nullable Object> value(ResetResult reset) {
    Map<String, @Nullable Object> value = new LinkedHashMap<>();
    value.put("observation", reset.observation());
    value.put("info", reset.info());
    return value;
  }

  private static Map<String, @Nullable Object> value(StepResult step) {
    Map<String, @Nullable Object> value = new LinkedHashMap<>();
    value.put("observation", step.observation());
    value.put("reward", step.reward());
    value.put("done", step.done());
    value.put("terminated", step.terminated());
    value.put("truncated", step.truncated());
    value.put("info", step.info());
    return value;
  }
}
