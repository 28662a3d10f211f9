package io.github.gymhttpapi.examples;

import org.deeplearning4j.rl4j.learning.IEpochTrainer;
import org.deeplearning4j.rl4j.learning.ILearning;
import org.deeplearning4j.rl4j.learning.listener.TrainingListener;

/** A listener that cares for the end of each episode only. */
abstract class ProgressListener implements TrainingListener {
  @Override
  public ListenerResponse onTrainingStart() {
    return ListenerResponse.CONTINUE;
  }

  @Override
  public void onTrainingEnd() {}

  @Override
  public ListenerResponse onNewEpoch(IEpochTrainer trainer) {
    return ListenerResponse.CONTINUE;
  }

  @Override
  @SuppressWarnings("rawtypes") // RL4J's own signature
  public ListenerResponse onTrainingProgress(ILearning learning) {
    return ListenerResponse.CONTINUE;
  }
}
