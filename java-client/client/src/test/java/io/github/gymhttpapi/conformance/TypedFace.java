package io.github.gymhttpapi.conformance;

import io.github.gymhttpapi.GymClient;
import io.github.gymhttpapi.GymException;
import io.github.gymhttpapi.Observation;
import io.github.gymhttpapi.RemoteEnv;
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
  public @Nullable Object call(String op, Map<?, ?> args) {
    switch (op) {
      case "env_create":
        return RemoteEnv.make(client, Arguments.text(args, "env_id"), Arguments.envOptions(args));
      case "env_reset":
        return env(args).reset(Arguments.resetOptions(args));
      case "env_step":
        return env(args).step(Objects.requireNonNull(args.get("action")));
      case "env_close":
        env(args).close();
        return null;
      default:
        throw new UnsupportedOperationException(op);
    }
  }

  @Override
  public Map<String, @Nullable Object> body(String op, @Nullable Object result) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    if (result instanceof RemoteEnv) {
      RemoteEnv made = (RemoteEnv) result;
      envs.put(made.instanceId(), made);
      body.put("instance_id", made.instanceId());
    }
    if (result instanceof Observation) {
      body.put("observation", ((Observation) result).observation());
      body.put("info", ((Observation) result).info());
    }
    if (result instanceof StepResult) {
      StepResult step = (StepResult) result;
      body.put("reward", step.reward());
      body.put("done", step.done());
      body.put("terminated", step.terminated());
      body.put("truncated", step.truncated());
    }
    return body;
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
}
