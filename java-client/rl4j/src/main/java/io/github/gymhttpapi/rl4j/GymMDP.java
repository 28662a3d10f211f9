package io.github.gymhttpapi.rl4j;

import io.github.gymhttpapi.EnvOptions;
import io.github.gymhttpapi.GymClient;
import io.github.gymhttpapi.RemoteEnv;
import io.github.gymhttpapi.ResetResult;
import io.github.gymhttpapi.StepResult;
import io.github.gymhttpapi.space.Discrete;
import java.util.LinkedHashSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.deeplearning4j.gym.StepReply;
import org.deeplearning4j.rl4j.mdp.MDP;
import org.deeplearning4j.rl4j.space.Box;
import org.deeplearning4j.rl4j.space.DiscreteSpace;
import org.deeplearning4j.rl4j.space.ObservationSpace;
import org.jspecify.annotations.Nullable;

/**
 * A remote environment with discrete actions, for RL4J's learners.
 *
 * <pre>{@code
 * GymMDP mdp = GymMDP.make("http://127.0.0.1:5000", "CartPole-v1");
 * new QLearningDiscreteDense<>(mdp, network, configuration).train();
 * mdp.close();
 * }</pre>
 *
 * <p>Observations become one vector of doubles, as {@code gymnasium.spaces.flatten} makes it: a Box
 * row by row, a Discrete one-hot, a Tuple or Dict part after part. RL4J knows no truncation: an
 * episode that is truncated is done. The info of a {@code StepReply} is the map that the
 * environment gave. Every method that asks the server throws a {@link
 * io.github.gymhttpapi.GymException} when that fails.
 */
public final class GymMDP implements MDP<Box, Integer, DiscreteSpace> {
  private final Function<EnvOptions, RemoteEnv> maker;
  private final EnvOptions options;
  private final Family family;
  private final boolean isFirst;
  private final RemoteEnv env;
  private final Flattener flattener;
  private final DiscreteSpace actionSpace;
  private final long firstAction;
  private boolean done;

  /** What an MDP and its copies share. */
  private static final class Family {
    private final AtomicLong made = new AtomicLong();
    private final Set<RemoteEnv> openCopies = ConcurrentHashMap.newKeySet();
  }

  private GymMDP(
      Function<EnvOptions, RemoteEnv> maker, EnvOptions options, EnvOptions own, Family family) {
    this.maker = maker;
    this.options = options;
    this.family = family;
    this.isFirst = options == own;
    this.env = maker.apply(own);
    try {
      Discrete actions = discrete(env);
      this.flattener = Flattener.of(env.observationSpace());
      this.actionSpace = new DiscreteSpace(Math.toIntExact(actions.n()));
      this.firstAction = actions.start();
    } catch (RuntimeException error) {
      closeAll(Set.of(env), error);
      throw error;
    }
  }

  /**
   * Makes an environment, with connections of its own.
   *
   * @param url the server's address, such as {@code http://127.0.0.1:5000}
   * @param envId the environment's id, such as {@code CartPole-v1}
   * @return the MDP
   * @throws IllegalArgumentException when its actions are not Discrete or its observations cannot
   *     be flattened
   */
  public static GymMDP make(String url, String envId) {
    return first(options -> RemoteEnv.make(url, envId), new EnvOptions());
  }

  /**
   * Makes an environment.
   *
   * @param client the server; {@link #close} leaves it open
   * @param envId the environment's id, such as {@code CartPole-v1}
   * @param options how it is made; of a seed s, the copies that {@link #newInstance} makes get s +
   *     1, s + 2, and so on
   * @return the MDP
   * @throws IllegalArgumentException when its actions are not Discrete or its observations cannot
   *     be flattened
   */
  public static GymMDP make(GymClient client, String envId, EnvOptions options) {
    return first(own -> RemoteEnv.make(client, envId, own), options.copy());
  }

  private static GymMDP first(Function<EnvOptions, RemoteEnv> maker, EnvOptions options) {
    return new GymMDP(maker, options, options, new Family());
  }

  private static Discrete discrete(RemoteEnv env) {
    if (env.actionSpace() instanceof Discrete) {
      return (Discrete) env.actionSpace();
    }
    throw new IllegalArgumentException(
        "RL4J's discrete learners need a Discrete action space, this one is " + env.actionSpace());
  }

  /**
   * The environment on the server.
   *
   * @return the environment
   */
  public RemoteEnv env() {
    return env;
  }

  @Override
  public ObservationSpace<Box> getObservationSpace() {
    return flattener.space();
  }

  @Override
  public DiscreteSpace getActionSpace() {
    return actionSpace;
  }

  @Override
  public Box reset() {
    ResetResult result = env.reset();
    done = false;
    return new Box(flattener.flatten(result.observation()));
  }

  @Override
  public StepReply<Box> step(Integer action) {
    StepResult result = env.step(firstAction + action);
    done = result.done();
    Box observation = new Box(flattener.flatten(result.observation()));
    return new StepReply<>(observation, result.reward(), done, result.info());
  }

  @Override
  public boolean isDone() {
    return done;
  }

  /**
   * Makes another instance on the server, so that several learners can run at once.
   *
   * @return a copy, which is closed with this MDP at the latest
   */
  @Override
  public GymMDP newInstance() {
    EnvOptions own = options.copy();
    OptionalLong seed = options.seed();
    if (seed.isPresent()) {
      own.seed(seed.getAsLong() + family.made.incrementAndGet());
    }
    GymMDP copy = new GymMDP(maker, options, own, family);
    family.openCopies.add(copy.env);
    return copy;
  }

  /**
   * Closes the instance on the server. Of the MDP that was made first, closes the copies too:
   * RL4J's asynchronous learners leave theirs open.
   */
  @Override
  public void close() {
    family.openCopies.remove(env);
    Set<RemoteEnv> closing = new LinkedHashSet<>(Set.of(env));
    if (isFirst) {
      closing.addAll(family.openCopies);
      family.openCopies.clear();
    }
    RuntimeException error = closeAll(closing, null);
    if (error != null) {
      throw error;
    }
  }

  /**
   * Closes each, whatever happens to the others; returns what went wrong first, or {@code error}.
   */
  private static @Nullable RuntimeException closeAll(
      Set<RemoteEnv> envs, @Nullable RuntimeException error) {
    RuntimeException first = error;
    for (RemoteEnv each : envs) {
      try {
        each.close();
      } catch (RuntimeException next) {
        if (first == null) {
          first = next;
        } else {
          first.addSuppressed(next);
        }
      }
    }
    return first;
  }
}
