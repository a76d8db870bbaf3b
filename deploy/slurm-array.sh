#!/bin/bash
# A fuzz campaign as a Slurm array: one task for each shard, all writing below $OUT on a shared file system.
#   RUNS=1000000 OUT=/shared/campaign sbatch deploy/slurm-array.sh
# then
#   deno task switchover fuzz merge /shared/campaign/[0-9]* --out /shared/campaign/all
#SBATCH --job-name=switchover-fuzz
#SBATCH --array=0-3
#SBATCH --cpus-per-task=2
#SBATCH --time=08:00:00
#SBATCH --requeue
# Two minutes before the time is up the shell is told, so that the campaign can end in good order.
#SBATCH --signal=B:TERM@120

: "${RUNS:=100000}" "${SEED:=1}" "${TARGETS:=}" "${OUT:=campaign}" "${SLURM_CPUS_PER_TASK:=2}"

# The shard is read from SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT.
# shellcheck disable=SC2086 # TARGETS holds words
deno run --allow-read --allow-write --allow-env --allow-run=deno harness/cli/main.ts fuzz run $TARGETS \
  --runs "$RUNS" --seed "$SEED" --workers "$SLURM_CPUS_PER_TASK" --out "$OUT/$SLURM_ARRAY_TASK_ID" &
campaign=$!
trap 'kill -TERM "$campaign"' TERM

# A signal ends the wait, not the campaign: wait until it is really over.
while :; do
  wait "$campaign"
  code=$?
  kill -0 "$campaign" 2>/dev/null || break
done

# 75: told to end. The task goes back into the queue and goes on where it was.
if [ "$code" -eq 75 ]; then
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
