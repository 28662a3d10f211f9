package io.github.gymhttpapi;

import io.github.gymhttpapi.internal.NestedLists;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One environment on the server.
 *
 * <pre>{@code
 * try (RemoteEnv env = RemoteEnv.make("http://127.0.0.1:5000", "CartPole-v1")) {
 *   env.reset();
 *   StepResult step = env.step(1);
 *   double[] observation = step.doubles();
 * }
 * }</pre>
 *
 * <p>Every method that asks the server throws a {@link GymException} when that fails.
 */
public final class RemoteEnv extends RemoteInstance {
  private RemoteEnv(Opened opened) {
    super(opened.check(false));
  }

  /**
   * Makes an environment with a client of its own, which {@link #close} closes too.
   *
   * @param url the server's address, such as {@code http://127.0.0.1:5000}
   * @param envId the environment's id, such as {@code CartPole-v1}
   * @return the environment
   */
  public static RemoteEnv make(String url, String envId) {
    return Opened.make(GymClient.of(url), true, envId, new EnvOptions(), RemoteEnv::new);
  }

  /**
   * Makes an environment.
   *
   * @param client the server
   * @param envId the environment's id, such as {@code CartPole-v1}
   * @param options how it is made
   * @return the environment
   * @throws IllegalArgumentException when the options make a vector env
   */
  public static RemoteEnv make(GymClient client, String envId, EnvOptions options) {
    return Opened.make(client, false, envId, options, RemoteEnv::new);
  }

  /**
   * Takes over a live environment, which {@link #close} will leave alive.
   *
   * @param client the server
   * @param instanceId the instance's id
   * @return the environment
   * @throws IllegalArgumentException when it is a vector env
   */
  public static RemoteEnv attach(GymClient client, String instanceId) {
    return Opened.attach(client, instanceId, RemoteEnv::new);
  }

  /**
   * Takes a step.
   *
   * @param action a number, a primitive array, an {@link NDArray}, a collection or a map
   * @return what it led to
   */
  public StepResult step(Object action) {
    return send(stepping(action));
  }

  /**
   * Takes a step without waiting; wait for it before the next one of this environment.
   *
   * @param action a number, a primitive array, an {@link NDArray}, a collection or a map
   * @return done, with what the step led to
   */
  public CompletableFuture<StepResult> stepAsync(Object action) {
    return sendAsync(stepping(action));
  }

  private Operation<StepResult> stepping(Object action) {
    return Operation.envStep(instanceId(), action, null).typed(this::stepResult);
  }

  private StepResult stepResult(Map<String, @Nullable Object> reply) {
    Document document = new Document(reply);
    return new StepResult(
        observationSpace().read(reply.get("observation")),
        NestedLists.toDouble(reply.get("reward")),
        document.flag("terminated"),
        document.flag("truncated"),
        document.map("info"));
  }
}
