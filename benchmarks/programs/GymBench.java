import io.github.gymhttpapi.Encoding;
import io.github.gymhttpapi.EnvOptions;
import io.github.gymhttpapi.GymClient;
import io.github.gymhttpapi.RemoteEnv;
import io.github.gymhttpapi.RemoteVectorEnv;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * Our Java client, as loop.py describes a client program. The variant is {@code flat-ENCODING} or {@code
 * env-ENCODING}: the client's own operations, or the typed environment.
 */
public final class GymBench {
  private GymBench() {}

  public static void main(String[] args) throws Exception {
    String[] variant = args[1].split("-");
    String envId = args[2];
    if (!args[3].equals("{}")) {
      throw new IllegalArgumentException("the environments measured from Java take no arguments");
    }
    int numEnvs = Integer.parseInt(args[4]);
    int numActions = Integer.parseInt(args[5]);
    Encoding encoding = Encoding.valueOf(variant[1].toUpperCase(Locale.ROOT));
    GymClient client = GymClient.builder("http://" + args[0]).encoding(encoding).build();
    EnvOptions options = numEnvs > 1 ? new EnvOptions().numEnvs(numEnvs) : new EnvOptions();

    Runnable reset;
    Predicate<Object> step;
    if (variant[0].equals("flat")) {
      String instanceId = client.envCreate(envId, options);
      reset = () -> client.envReset(instanceId);
      step = action -> client.envStep(instanceId, action).get("done") == Boolean.TRUE;
    } else if (numEnvs > 1) {
      RemoteVectorEnv envs = RemoteVectorEnv.make(client, envId, options);
      reset = envs::reset;
      step = actions -> envs.step(actions) == null;
    } else {
      RemoteEnv env = RemoteEnv.make(client, envId, options);
      reset = env::reset;
      step = action -> env.step(action).done();
    }
    reset.run();
    System.out.println("ready");

    Object[] actions = actions(numEnvs, numActions);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ");
      System.out.println(
          play(reset, step, actions, Double.parseDouble(words[0]), Integer.parseInt(words[1])));
    }
  }

  private static Object[] actions(int numEnvs, int numActions) {
    Object[] actions = new Object[numActions];
    for (int turn = 0; turn < numActions; turn++) {
      long[] batch = new long[numEnvs];
      for (int env = 0; env < numEnvs; env++) {
        batch[env] = (turn + env) % numActions;
      }
      actions[turn] = numEnvs == 1 ? (Object) batch[0] : batch;
    }
    return actions;
  }

  private static String play(
      Runnable reset, Predicate<Object> step, Object[] actions, double seconds, int maxSteps) {
    long[] durations = new long[maxSteps];
    int count = 0;
    long start = System.nanoTime();
    long before = start;
    long length = (long) (seconds * 1e9);
    while (before - start < length && count < maxSteps) {
      boolean done = step.test(actions[count % actions.length]);
      long after = System.nanoTime();
      durations[count++] = after - before;
      if (done) {
        reset.run();
        after = System.nanoTime();
      }
      before = after;
    }
    StringBuilder report = new StringBuilder(Double.toString((before - start) / 1e9));
    for (int index = 0; index < count; index++) {
      report.append(' ').append(durations[index] / 1e3);
    }
    return report.toString();
  }
}
